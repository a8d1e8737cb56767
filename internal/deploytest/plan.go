package deploytest

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

// Where stacks are deployed to: what moto answers for.
const (
	Region  = motoserver.Region
	Account = motoserver.Account
)

// Plan resolves the template's references with the names that resources would have, and makes nothing. Parameters are
// written as Name=value; others have their defaults.
func (ts Templates) Plan(t testing.TB, parameters ...string) *Stack {
	t.Helper()
	s, err := newStack("infraudit-plan", ts, "", values(parameters), pseudoParameters(), named)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func pseudoParameters() map[string]string {
	return map[string]string{
		"AWS::Region": Region, "AWS::AccountId": Account, "AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com",
	}
}

// named says what a resource is called, without making it. A type that isn't known here is an error, so that what Ref
// gives of it is looked up in the CloudFormation template reference first.
func named(name string, r Resource) (Made, error) {
	arn := func(service, resource string) string {
		return fmt.Sprintf("arn:aws:%s:%s:%s:%s", service, Region, Account, resource)
	}
	iam := "arn:aws:iam::" + Account + ":"
	withARN := func(ref, arn string, more ...string) Made {
		attributes := map[string]string{"Arn": arn}
		for i := 0; i+1 < len(more); i += 2 {
			attributes[more[i]] = more[i+1]
		}
		return Made{Ref: ref, Attributes: attributes}
	}
	switch r.Type {
	case "AWS::DynamoDB::Table":
		return withARN(name, arn("dynamodb", "table/"+name)), nil
	case "AWS::SQS::Queue":
		url := "https://sqs." + Region + ".amazonaws.com/" + Account + "/" + name
		return withARN(url, arn("sqs", name), "QueueName", name), nil
	case "AWS::S3::Bucket":
		return withARN(name, "arn:aws:s3:::"+name), nil
	case "AWS::KMS::Key":
		return withARN(name, arn("kms", "key/"+name)), nil
	case "AWS::SNS::Topic":
		return Made{Ref: arn("sns", name)}, nil
	case "AWS::Lambda::Function":
		return withARN(name, arn("lambda", "function:"+name)), nil
	case "AWS::Logs::LogGroup":
		group, _ := r.Properties["LogGroupName"].(string)
		return withARN(group, arn("logs", "log-group:"+group+":*")), nil
	case "AWS::IAM::Role":
		return withARN(name, iam+"role/"+name), nil
	case "AWS::IAM::ManagedPolicy":
		return Made{Ref: iam + "policy/" + name}, nil
	case "AWS::ApiGatewayV2::DomainName":
		domain, _ := r.Properties["DomainName"].(string)
		return Made{Ref: domain, Attributes: map[string]string{
			"RegionalDomainName": "d-1." + Region + ".amazonaws.com", "RegionalHostedZoneId": "Z1",
		}}, nil
	case "AWS::ApiGatewayV2::Stage":
		stage, _ := r.Properties["StageName"].(string)
		return Made{Ref: stage}, nil
	case "AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::ApiMapping", "AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard",
		"AWS::Lambda::EventInvokeConfig", "AWS::Lambda::EventSourceMapping", "AWS::Lambda::Permission",
		"AWS::Route53::RecordSet", "AWS::S3::BucketPolicy", "AWS::SNS::Subscription", "AWS::SNS::TopicPolicy",
		"AWS::SQS::QueuePolicy", "AWS::Scheduler::Schedule", "AWS::Scheduler::ScheduleGroup":
		return Made{Ref: name}, nil
	}
	return Made{}, fmt.Errorf("%s: what Ref gives of a %s is not known here", name, r.Type)
}

// All returns the resources of the stack and of those nested in it, by logical id: a nested one's is
// "DispatchQueue/DeadLetters".
func (s *Stack) All() map[string]Resource {
	all := maps.Clone(s.Resources)
	for id, nested := range s.Nested {
		for inner, r := range nested.All() {
			all[id+"/"+inner] = r
		}
	}
	return all
}

// OfType returns the resources of a type, as All does.
func (s *Stack) OfType(typ string) map[string]Resource {
	of := s.All()
	maps.DeleteFunc(of, func(_ string, r Resource) bool { return r.Type != typ })
	return of
}

// values reads parameters written as Name=value.
func values(parameters []string) map[string]string {
	out := map[string]string{}
	for _, p := range parameters {
		name, value, _ := strings.Cut(p, "=")
		out[name] = value
	}
	return out
}
