package deploytest

import (
	"strings"
	"testing"
)

func TestAWrongReferenceFailsTheDeployment(t *testing.T) {
	ref := func(to string) any { return map[string]any{"Ref": to} }
	attribute := func(of string) any { return map[string]any{"Fn::GetAtt": of} }
	for name, c := range map[string]struct {
		url  any // of a function's queue
		says string
	}{
		"a queue that is there":            {ref("Queue"), ""},
		"a resource that isn't":            {ref("Qeue"), "there is no resource Qeue"},
		"an attribute that it hasn't":      {attribute("Queue.Url"), "Queue has no attribute Url"},
		"an output that a stack hasn't":    {attribute("Nested.Outputs.Uri"), "Nested has no attribute Outputs.Uri"},
		"an output of a nested stack":      {attribute("Nested.Outputs.Url"), ""},
		"a wrong name in a text":           {map[string]any{"Fn::Sub": "x-${Qeue.Arn}"}, "there is no resource Qeue"},
		"what is not made on a condition":  {ref("Optional"), "Optional is not made"},
		"itself":                           {ref("Function"), "Function refers to itself"},
		"a function that isn't known here": {map[string]any{"Fn::Select": []any{}}, "Fn::Select is not known here"},
	} {
		t.Run(name, func(t *testing.T) {
			queue := Resource{Type: "AWS::SQS::Queue"}
			ts := Templates{
				"": {
					Conditions: map[string]any{"Never": map[string]any{"Fn::Equals": []any{"a", "b"}}},
					Resources: map[string]Resource{
						"Queue": queue, "Optional": {Type: "AWS::SQS::Queue", Condition: "Never"},
						"Nested":   {Type: "AWS::CloudFormation::Stack", Properties: map[string]any{"TemplateURL": "queue.yaml"}},
						"Function": {Type: "AWS::Lambda::Function", Properties: map[string]any{"Url": c.url}},
					},
				},
				"queue.yaml": {
					Resources: map[string]Resource{"Queue": queue}, Outputs: map[string]Output{"Url": {Value: ref("Queue")}},
				},
			}
			s, err := newStack("s", ts, "", nil, pseudoParameters(), named)
			switch {
			case c.says == "" && err != nil:
				t.Error(err)
			case c.says == "":
				if url := s.Resources["Function"].Properties["Url"]; !strings.HasSuffix(scalar(url), "Queue") {
					t.Errorf("the function's queue is %v", url)
				}
			case err == nil || !strings.Contains(err.Error(), c.says):
				t.Errorf("failed with %v, want %s", err, c.says)
			}
		})
	}
}
