package awscloud

import (
	"context"

	"github.com/infraudit/infraudit/internal/fault"
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

// fatal returns what of a call's failure concerns more than what the call was for: credentials that are no longer
// accepted, the end of ctx, our own defects. What is left is for the caller to note as unread.
func fatal(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	f := classify(err)
	switch f.Kind {
	case fault.Expired, fault.Cancelled, fault.Internal:
		return f
	}
	if f.Action == actionAssumeRole {
		return f
	}
	return nil
}

// told returns one of an enumeration's words, nil where the API left it out.
func told[T ~string](v T) any {
	if v == "" {
		return nil
	}
	return string(v)
}
