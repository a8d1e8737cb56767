package awscloud

import "strings"

// serviceOf returns the service in a type's name: "IVS" of "AWS::IVS::Channel".
func serviceOf(name string) string {
	_, rest, _ := strings.Cut(name, "::")
	service, _, _ := strings.Cut(rest, "::")
	return service
}

// cloudControlType is the resource type in our words: "aws_ivs_channel" of "AWS::IVS::Channel". CloudFormation's names
// have no underscore and don't differ in case alone, and no collector's type begins with aws, so that no two are the same.
func cloudControlType(name string) string {
	return strings.ToLower(strings.ReplaceAll(name, "::", "_"))
}
