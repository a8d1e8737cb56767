package shapes_test

import (
	"slices"
	"testing"

	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
)

func TestResourceTypesAreTypesThatNothingElseReads(t *testing.T) {
	for name, c := range map[string]struct {
		types []string
		ok    bool
	}{
		"none":                       {nil, true},
		"two of a service":           {[]string{"AWS::IVS::PlaybackKeyPair", "AWS::IVS::Stage"}, true},
		"a service alone":            {[]string{"AWS::IVS"}, false},
		"a module":                   {[]string{"AWS::IVS::Channel::MODULE"}, false},
		"another vendor's":           {[]string{"Acme::MSK::Cluster"}, false},
		"one that a collector reads": {[]string{"AWS::S3::Bucket"}, false},
		"one twice":                  {[]string{"AWS::IVS::PlaybackKeyPair", "AWS::IVS::PlaybackKeyPair"}, false},
		"too many":                   {slices.Repeat([]string{"AWS::IVS::PlaybackKeyPair"}, 51), false},
	} {
		t.Run(name, func(t *testing.T) {
			if err := shapes.CheckTypes(c.types); (err == nil) != c.ok || err != nil && !fault.Is(err, fault.Invalid) {
				t.Errorf("answered %v", err)
			}
		})
	}
}
