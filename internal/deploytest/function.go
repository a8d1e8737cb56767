package deploytest

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Function is a Lambda function as it is deployed.
type Function struct {
	ID          string // logical id, such as "ApiFunction"
	Name        string
	ARN         string
	Timeout     time.Duration
	MemoryMB    int
	Environment map[string]string
	Sources     []Source
	Inputs      []string // what schedules invoke it with
	Statements  []Statement
}

// Source is a queue that a function works on: an event source mapping.
type Source struct {
	QueueURL           string
	QueueARN           string
	BatchSize          int
	ReportBatchFailure bool // the function says which messages of a batch failed
	MaximumConcurrency int
}

// Statement is a statement of a policy of a function's role.
type Statement struct {
	Effect    string
	Actions   []string
	Resources []string
	Condition map[string]any
}

// Package is where the function's program is in the module: ./functions/resource-sync for ResourceSyncFunction.
func (f Function) Package() string {
	name := strings.TrimSuffix(f.ID, "Function")
	return "./functions/" + strings.ToLower(inner.ReplaceAllString(name, "$1-$2"))
}

var inner = regexp.MustCompile(`([a-z])([A-Z])`)

// Allows tells whether the function's role lets it make a call on a resource. A statement with conditions counts for
// nothing: those of the template only hold for what another service does in the function's name.
func (f Function) Allows(action, resource string) bool {
	return slices.ContainsFunc(f.Statements, func(s Statement) bool {
		return s.Effect == "Allow" && len(s.Condition) == 0 && slices.Contains(s.Actions, action) &&
			slices.ContainsFunc(s.Resources, func(pattern string) bool { return matches(pattern, resource) })
	})
}

// matches compares with a pattern in which * stands for anything.
func matches(pattern, text string) bool {
	first, rest, wild := strings.Cut(pattern, "*")
	if !wild {
		return pattern == text
	}
	if !strings.HasPrefix(text, first) {
		return false
	}
	for text = text[len(first):]; ; text = text[1:] {
		if matches(rest, text) {
			return true
		}
		if text == "" {
			return false
		}
	}
}

// Functions returns the stack's functions by logical id.
func (s *Stack) Functions() (map[string]Function, error) {
	out := map[string]Function{}
	for id, r := range s.Resources {
		if r.Type != "AWS::Lambda::Function" {
			continue
		}
		f, err := s.function(id, r)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", id, err)
		}
		out[id] = f
	}
	return out, nil
}

func (s *Stack) function(id string, r Resource) (Function, error) {
	var p struct {
		Timeout, MemorySize json.Number
		Role                string
		Environment         struct{ Variables map[string]string }
	}
	if err := convert(r.Properties, &p); err != nil {
		return Function{}, err
	}
	timeout, err := strconv.Atoi(p.Timeout.String())
	if err != nil {
		return Function{}, fmt.Errorf("time-out: %w", err)
	}
	memory, err := strconv.Atoi(p.MemorySize.String())
	if err != nil {
		return Function{}, fmt.Errorf("memory: %w", err)
	}
	f := Function{
		ID: id, Name: s.made[id].Ref, ARN: s.made[id].Attributes["Arn"], Timeout: time.Duration(timeout) * time.Second,
		MemoryMB: memory, Environment: p.Environment.Variables,
	}
	if f.Statements, err = s.statements(p.Role); err != nil {
		return Function{}, err
	}
	if f.Sources, err = s.sources(f.Name); err != nil {
		return Function{}, err
	}
	f.Inputs, err = s.inputs(f.ARN)
	return f, err
}

// sources returns the queues that a function is told of.
func (s *Stack) sources(function string) ([]Source, error) {
	var out []Source
	for _, id := range slices.Sorted(maps.Keys(s.Resources)) {
		r := s.Resources[id]
		if r.Type != "AWS::Lambda::EventSourceMapping" || r.Properties["FunctionName"] != function {
			continue
		}
		var p struct {
			EventSourceArn        string
			BatchSize             json.Number
			FunctionResponseTypes []string
			ScalingConfig         struct{ MaximumConcurrency json.Number }
		}
		if err := convert(r.Properties, &p); err != nil {
			return nil, err
		}
		batch, err := strconv.Atoi(p.BatchSize.String())
		if err != nil {
			return nil, fmt.Errorf("%s: batch size: %w", id, err)
		}
		concurrency, err := strconv.Atoi(p.ScalingConfig.MaximumConcurrency.String())
		if err != nil {
			return nil, fmt.Errorf("%s: concurrency: %w", id, err)
		}
		url, ok := s.queueURL(p.EventSourceArn)
		if !ok {
			return nil, fmt.Errorf("%s: no queue has the ARN %s", id, p.EventSourceArn)
		}
		out = append(out, Source{
			QueueURL: url, QueueARN: p.EventSourceArn, BatchSize: batch, MaximumConcurrency: concurrency,
			ReportBatchFailure: slices.Contains(p.FunctionResponseTypes, "ReportBatchItemFailures"),
		})
	}
	return out, nil
}

// queueURL finds a queue of the stack, or of those nested in it.
func (s *Stack) queueURL(arn string) (string, bool) {
	for id, made := range s.made {
		if s.Resources[id].Type == "AWS::SQS::Queue" && made.Attributes["Arn"] == arn {
			return made.Ref, true
		}
	}
	for _, nested := range s.Nested {
		if url, ok := nested.queueURL(arn); ok {
			return url, true
		}
	}
	return "", false
}

func (s *Stack) inputs(function string) ([]string, error) {
	var out []string
	for _, r := range s.Resources {
		if r.Type != "AWS::Scheduler::Schedule" {
			continue
		}
		var p struct{ Target struct{ Arn, Input string } }
		if err := convert(r.Properties, &p); err != nil {
			return nil, err
		}
		if p.Target.Arn == function {
			out = append(out, p.Target.Input)
		}
	}
	return out, nil
}

// statements returns what the policies of a role say, its own and those attached to it.
func (s *Stack) statements(role string) ([]Statement, error) {
	policies := map[string]any{}
	for id, r := range s.Resources {
		if r.Type == "AWS::IAM::ManagedPolicy" {
			policies[s.made[id].Ref] = r.Properties["PolicyDocument"]
		}
	}
	for id, r := range s.Resources {
		if r.Type != "AWS::IAM::Role" || s.made[id].Attributes["Arn"] != role {
			continue
		}
		var p struct {
			ManagedPolicyArns []string
			Policies          []struct{ PolicyDocument any }
		}
		if err := convert(r.Properties, &p); err != nil {
			return nil, err
		}
		var out []Statement
		for _, arn := range p.ManagedPolicyArns {
			document, ok := policies[arn]
			if !ok {
				return nil, fmt.Errorf("%s: %s is not of this template", id, arn)
			}
			p.Policies = append(p.Policies, struct{ PolicyDocument any }{document})
		}
		for _, policy := range p.Policies {
			statements, err := parseStatements(policy.PolicyDocument)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", id, err)
			}
			out = append(out, statements...)
		}
		return out, nil
	}
	return nil, fmt.Errorf("no role has the ARN %s", role)
}

func parseStatements(document any) ([]Statement, error) {
	var d struct {
		Statement []struct {
			Effect           string
			Action, Resource any
			Condition        map[string]any
		}
	}
	if err := convert(document, &d); err != nil {
		return nil, err
	}
	out := make([]Statement, len(d.Statement))
	for i, s := range d.Statement {
		out[i] = Statement{Effect: s.Effect, Actions: texts(s.Action), Resources: texts(s.Resource), Condition: s.Condition}
	}
	return out, nil
}

// texts is a list of texts, or one by itself.
func texts(v any) []string {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	out := make([]string, len(list))
	for i, each := range list {
		out[i] = scalar(each)
	}
	return out
}

// convert reads properties into a struct.
func convert(v, into any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, into)
}
