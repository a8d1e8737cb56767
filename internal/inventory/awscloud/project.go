package awscloud

import (
	"time"

	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
	"github.com/infraudit/infraudit/internal/shape"
)

// projectorOf returns what turns API answers into configurations of a resource type; names are the properties that the
// API calls otherwise (see shape.Shape.Projector).
func projectorOf(resourceType string, names map[string]string) *shape.Projector {
	sh, ok := shapes.Load().Lookup(resourceType)
	if !ok {
		panic("no shape for " + resourceType) // a defect of the build, which every test finds
	}
	return sh.Projector(names)
}

// told returns one of an enumeration's words, nil where the API left it out.
func told[T ~string](v T) any {
	if v == "" {
		return nil
	}
	return string(v)
}

// dayOf returns the day of a time, for facts of what AWS does again and again; nil where the API left it out.
func dayOf(at *time.Time) any {
	if at == nil {
		return nil
	}
	return at.UTC().Format(time.DateOnly)
}
