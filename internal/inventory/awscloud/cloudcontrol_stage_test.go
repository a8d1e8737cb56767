package awscloud

import (
	"encoding/xml"
	"slices"
	"strings"
	"testing"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
	"github.com/infraudit/infraudit/internal/shape"
)

// brokerSchema has whatever a type's schema can say.
const brokerSchema = `{"typeName":"AWS::Queueing::Broker","definitions":{
"Listener":{"type":"object","properties":{"Port":{"type":"integer"},"Address":{"type":"string"},"Protocols":{"type":"array","insertionOrder":false,"items":{"type":"string"}}}},
"Tag":{"type":"object","properties":{"Key":{"type":"string"},"Value":{"type":"string"}}}},
"properties":{"Name":{"type":"string"},"Size":{"type":"integer"},"Ratio":{"type":"number"},"Password":{"type":"string"},"Status":{"type":"string"},
"Listeners":{"type":"array","insertionOrder":false,"items":{"$ref":"#/definitions/Listener"}},"Steps":{"type":"array","items":{"type":"string"}},
"Logging":{"oneOf":[{"type":"object","properties":{"Group":{"type":"string"},"GroupArn":{"type":"string"}}},{"type":"object","properties":{"Bucket":{"type":"string"}}}]},
"Users":{"type":"object","patternProperties":{".*":{"type":"object","properties":{"Groups":{"type":"array","insertionOrder":false,"items":{"type":"string"}},"Since":{"type":"string"}}}}},
"BrokerTags":{"type":"array","items":{"$ref":"#/definitions/Tag"}}},
"readOnlyProperties":["/properties/Status","/properties/Listeners/*/Address","/properties/Logging/GroupArn","/properties/Users/*/Since"],
"writeOnlyProperties":["/properties/Password"],"primaryIdentifier":["/properties/Name"],"tagging":{"tagProperty":"/properties/BrokerTags"},
"handlers":{"read":{"permissions":["queueing:DescribeBroker","queueing:ListTags"]},"list":{"permissions":["queueing:ListBrokers"]}}}`

const thingSchema = `{"properties":{"ThingArn":{"type":"string"},"Kind":{"type":"string"},"Tags":{"type":"object"}},"readOnlyProperties":["/properties/ThingArn"],
"handlers":{"list":{"permissions":["things:List"]}}}`

func describedType(schema string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(schema)) // a Builder takes everything
	return "<Schema>" + b.String() + "</Schema>"
}

func cloudControlStage() *staged {
	declared := []string{"BrokerTags", "Listeners", "Logging", "Name", "Ratio", "Size", "Steps", "Users"}
	arn := "arn:aws:things:eu-west-1:123456789012:thing/"
	return &staged{
		service: CloudControl, region: "eu-west-1", resourceTypes: []string{"AWS::Queueing::Broker", "AWS::Things::Thing"},
		answers: map[string]string{
			"DescribeType AWS::Queueing::Broker":  describedType(brokerSchema),
			"DescribeType AWS::Things::Thing":     describedType(thingSchema),
			"ListResources AWS::Queueing::Broker": `{"ResourceDescriptions":[{"Identifier":"main","Properties":"{\"Name\":\"main\"}"}],"NextToken":"two"}`,
			"ListResources AWS::Queueing::Broker two": `{"ResourceDescriptions":[{"Identifier":"bare","Properties":"{}"},
{"Identifier":"gone","Properties":"{}"}]}`,
			"GetResource AWS::Queueing::Broker main": `{"ResourceDescription":{"Identifier":"main","Properties":"{\"Name\":\"main\",\"Size\":3,\"Ratio\":0.5,\"Status\":\"RUNNING\",\"Unknown\":1,\"Listeners\":[{\"Port\":2,\"Address\":\"b\"},{\"Port\":1,\"Address\":\"a\",\"Protocols\":[\"tls\",\"amqp\"]}],\"Steps\":[\"z\",\"a\"],\"Logging\":{\"Group\":\"g\",\"GroupArn\":\"arn:g\"},\"Users\":{\"Status\":{\"Groups\":[\"b\",\"a\"],\"Since\":\"2026\"}},\"BrokerTags\":[{\"Key\":\"b\",\"Value\":\"2\"},{\"Key\":\"aws:x\",\"Value\":\"y\"},{\"Key\":\"a\",\"Value\":\"1\"}]}"}}`,
			"GetResource AWS::Queueing::Broker bare": `{"ResourceDescription":{"Identifier":"bare","Properties":"{}"}}`,
			"GetResource AWS::Queueing::Broker gone": `!ResourceNotFoundException`,
			"ListResources AWS::Things::Thing": `{"ResourceDescriptions":[
{"Identifier":"` + arn + `1","Properties":"{\"ThingArn\":\"` + arn + `1\",\"Kind\":\"k\",\"Tags\":{\"a\":\"1\",\"aws:b\":\"2\"}}"},
{"Identifier":"arn:aws:things:us-east-1:123456789012:thing/far","Properties":"{}"},{"Identifier":"arn:aws:things::123456789012:thing/global","Properties":"{}"}],"NextToken":"two"}`,
			"ListResources AWS::Things::Thing two": `{"ResourceDescriptions":[{"Identifier":"` + arn + `2","Properties":"{}"}]}`,
		},
		refusals: map[string]refusal{
			"cloudformation:DescribeType":  {fails: []string{"aws_queueing_broker", "aws_things_thing"}},
			"cloudformation:ListResources": {fails: []string{"aws_queueing_broker", "aws_things_thing"}},
			"cloudformation:GetResource":   {unread: map[string][]string{"aws_queueing_broker": declared}},
		},
	}
}

func TestCloudControl(t *testing.T) { cloudControlStage().run(t) }

// listed reads the brokers with one call answered otherwise.
func listed(t *testing.T, key, answer string) error {
	t.Helper()
	c := cloudControlStage()
	_, errs, _ := c.read(t, with(c.answers, key, answer), "")
	return errs["aws_queueing_broker"]
}

func TestCloudControlSaysWhatATypeLacks(t *testing.T) {
	for name, c := range map[string]struct {
		key, answer string
		kind        fault.Kind
		says        string
	}{
		"a type that the region doesn't have": {"DescribeType AWS::Queueing::Broker", "!TypeNotFoundException", fault.Unsupported, ""},
		"a type that can't be listed":         {"ListResources AWS::Queueing::Broker", "!UnsupportedActionException", fault.Unsupported, ""},
		"a refusal names the type's permissions": {
			"ListResources AWS::Queueing::Broker", "!AccessDenied", fault.Denied, "permissions of its own: queueing:ListBrokers",
		},
		"a schema that is none": {"DescribeType AWS::Queueing::Broker", describedType("{}"), fault.Upstream, "schema of AWS::Queueing::Broker"},
	} {
		t.Run(name, func(t *testing.T) {
			f := fault.From(listed(t, c.key, c.answer))
			if f == nil || f.Kind != c.kind || !strings.Contains(f.Message, c.says) {
				t.Errorf("failed with %v", f)
			}
		})
	}
}

func TestCloudControlsTypesAreNoCollectors(t *testing.T) {
	for _, typ := range shapes.Load().Types() {
		if strings.HasPrefix(typ, "aws_") {
			t.Errorf("%s could be a type of Cloud Control", typ)
		}
	}
}

// AWS::S3::Bucket stands for a type for which there has come a collector.
func TestAccountWideTypesAreReadOnce(t *testing.T) {
	o := keyOptions(nil)
	o.ResourceTypes = []string{"AWS::Budgets::Budget", "AWS::S3::Bucket", "AWS::IVS::PlaybackKeyPair"}
	a := openPlayed(t, o)
	for region, want := range map[string]string{audit.RegionGlobal: "aws_budgets_budget", "eu-west-1": "aws_ivs_playbackkeypair"} {
		all := a.Services(region)
		i := slices.IndexFunc(all, func(s inventory.Service) bool { return s.Name == CloudControl })
		if i < 0 || len(all[i].Listings) != 1 || all[i].Listings[0].Types[0] != want {
			t.Errorf("%s reads something else than %s", region, want)
		}
	}
}

func FuzzTypeSchema(f *testing.F) {
	f.Add(brokerSchema, `{"Name":"n","Listeners":[{"Port":1}]}`)
	f.Add(`{"properties":{"A":{"$ref":"#/definitions/A"}},"definitions":{"A":{"$ref":"#/definitions/A","oneOf":[{"$ref":"#/definitions/A"}]}}}`, `{"A":{"A":[1e999]}}`)
	f.Fuzz(func(t *testing.T, schema, properties string) {
		s, err := parseTypeSchema(schema)
		if err != nil {
			return
		}
		config, _, err := s.split(properties)
		if err != nil || config == nil {
			return
		}
		if _, err := shape.Canonical(config, nil); err != nil && !fault.Is(err, fault.Malformed) {
			t.Logf("not canonical: %v", err)
		}
	})
}
