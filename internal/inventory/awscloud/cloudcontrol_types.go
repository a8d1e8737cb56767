package awscloud

import (
	"regexp"
	"slices"
	"strings"

	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
)

// resourceTypeName is the name of one of AWS's own resource types (CloudFormation API reference, DescribeType: TypeName).
// Modules, which have a fourth part, are none.
var resourceTypeName = regexp.MustCompile(`^AWS::([A-Za-z0-9]{2,64})::([A-Za-z0-9]{2,64})$`)

// maxResourceTypes bounds how many types are read besides: each is asked for in every region.
const maxResourceTypes = 50

// CheckResourceTypes says what of a list can't be read by Cloud Control: what isn't the name of a type, and what is
// read anyhow. The error is an Invalid fault of the field resource_types.
func CheckResourceTypes(names []string) error {
	if len(names) == 0 {
		return nil
	}
	if len(names) > maxResourceTypes {
		return fault.Field("resource_types", "has %d types; at most %d", len(names), maxResourceTypes)
	}
	read := collectedTypes()
	seen := map[string]bool{}
	for _, name := range names {
		lower := strings.ToLower(name)
		switch {
		case !resourceTypeName.MatchString(name):
			return fault.Field("resource_types", "%q is not the name of a CloudFormation type: AWS::Service::Type", name)
		case read[lower] != "":
			return fault.Field("resource_types", "%s is read anyhow, as %s", name, read[lower])
		case seen[lower]:
			return fault.Field("resource_types", "%s is there twice", name)
		}
		seen[lower] = true
	}
	return nil
}

// collectedTypes are the CloudFormation types, in lower case, that collectors read, with what they are called here.
func collectedTypes() map[string]string {
	read := map[string]string{}
	for _, c := range collectors() {
		for _, l := range c.listings {
			for _, typ := range l.types {
				if sh, ok := shapes.Load().Lookup(typ); ok && sh.CloudFormation() != "" {
					read[strings.ToLower(sh.CloudFormation())] = typ
				}
			}
		}
	}
	return read
}

// readBesides returns what of a list Cloud Control reads. A type for which there has come a collector since it was chosen
// is the collector's.
func readBesides(names []string) []string {
	if len(names) == 0 {
		return nil
	}
	read := collectedTypes()
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return !resourceTypeName.MatchString(name) || read[strings.ToLower(name)] != ""
	})
}

// SortResourceTypes returns the types as they are kept: sorted, nil where there are none.
func SortResourceTypes(names []string) []string {
	if len(names) == 0 {
		return nil
	}
	return slices.Sorted(slices.Values(names))
}

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
