package awscloud

import (
	"slices"
	"testing"

	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
	"github.com/infraudit/infraudit/internal/shape"
)

func TestEventsNameAttributesThatExist(t *testing.T) {
	set := shapes.Load()
	for _, c := range collectors() {
		var types []string
		for _, l := range c.listings {
			types = append(types, l.types...)
		}
		for event, byType := range c.events {
			for typ, paths := range byType {
				if !slices.Contains(types, typ) {
					t.Errorf("%s: %s changes %s, which the collector doesn't read", c.service, event, typ)
				}
				sh, ok := set.Lookup(typ)
				if !ok {
					t.Errorf("%s has no shape", typ)
					continue
				}
				for _, path := range paths {
					parsed, err := shape.ParsePath(path)
					if err != nil || sh.Property(parsed) == nil {
						t.Errorf("%s: %s changes %s, which %s doesn't have (%v)", c.service, event, path, typ, err)
					}
				}
			}
		}
	}
}
