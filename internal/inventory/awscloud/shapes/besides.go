package shapes

import (
	"regexp"
	"slices"
	"strings"

	"github.com/infraudit/infraudit/internal/fault"
)

// typeName is the name of one of AWS's own resource types (CloudFormation API reference, DescribeType: TypeName).
// Modules, which have a fourth part, are none.
var typeName = regexp.MustCompile(`^AWS::([A-Za-z0-9]{2,64})::([A-Za-z0-9]{2,64})$`)

// maxTypes bounds how many types are read besides: each is asked for in every region.
const maxTypes = 50

// CheckTypes says what of a list can't be read by Cloud Control: what isn't the name of a type, and what is
// read anyhow. The error is an Invalid fault of the field resource_types.
func CheckTypes(names []string) error {
	if len(names) == 0 {
		return nil
	}
	if len(names) > maxTypes {
		return fault.Field("resource_types", "has %d types; at most %d", len(names), maxTypes)
	}
	read := known()
	seen := map[string]bool{}
	for _, name := range names {
		lower := strings.ToLower(name)
		switch {
		case !typeName.MatchString(name):
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

// known are the CloudFormation types, in lower case, that have a shape here, with what they are called here.
func known() map[string]string {
	types := map[string]string{}
	for _, typ := range Load().Types() {
		if sh, ok := Load().Lookup(typ); ok && sh.CloudFormation() != "" {
			types[strings.ToLower(sh.CloudFormation())] = typ
		}
	}
	return types
}

// Besides returns what of a list Cloud Control reads. A type for which there has come a collector since it was chosen
// is the collector's.
func Besides(names []string) []string {
	if len(names) == 0 {
		return nil
	}
	read := known()
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return !typeName.MatchString(name) || read[strings.ToLower(name)] != ""
	})
}

// SortTypes returns the types as they are kept: sorted, nil where there are none.
func SortTypes(names []string) []string {
	if len(names) == 0 {
		return nil
	}
	return slices.Sorted(slices.Values(names))
}
