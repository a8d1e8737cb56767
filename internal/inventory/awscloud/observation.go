package awscloud

import (
	"context"
	"errors"
	"strings"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
)

// object is a configuration, or a part of one, by the property names of the declared shape. Until emit brings it to
// canonical form it may hold whatever an SDK type may: pointers, enums, structures.
type object = map[string]any

// detail makes a call for details of one resource and deals with its failure: what doesn't exist is absent; what is
// refused or fails is unread at the attribute paths that the call is for. It returns an error only for what
// concerns more than this resource: errGone, credentials that are no longer accepted, the end of ctx.
//
// absent are error codes that mean "there is no such configuration" beyond, or in spite of, what isAbsence knows.
// Calls for one observation must not run at the same time.
func (s *session) detail(
	ctx context.Context, o *audit.Observation, paths []string, call func(context.Context) error, absent ...string,
) error {
	err := call(ctx)
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if hasCode(err, absent...) {
		return nil
	}
	missing, gone := isAbsence(err)
	switch {
	case gone:
		return errGone
	case missing:
		return nil
	}
	if err := fatal(ctx, err); err != nil {
		return err
	}
	setUnread(o, awsaccess.Classify(err), paths...)
	return nil
}

// aside says what a call for details of one resource is for, and which of its refusals are answers.
type aside struct {
	paths  []string // that are unread where the call fails
	gone   []string // error codes that mean that the resource itself vanished
	absent []string // error codes that mean that there is no such configuration, beyond what isAbsence knows
}

// ask is detail for one operation of an SDK's client: use takes its answer.
func ask[In, Out, Opt any](
	ctx context.Context, s *session, o *audit.Observation, about aside,
	call func(context.Context, *In, ...func(*Opt)) (*Out, error), in *In, use func(*Out),
) error {
	return s.detail(ctx, o, about.paths, func(ctx context.Context) error {
		out, err := call(ctx, in)
		if err != nil {
			return goneIf(err, about.gone...)
		}
		use(out)
		return nil
	}, about.absent...)
}

// setUnread notes why attributes of a resource could not be read.
func setUnread(o *audit.Observation, f *fault.Error, paths ...string) {
	if o.Unread == nil {
		o.Unread = make(map[string]audit.Unread, len(paths))
	}
	for _, p := range paths {
		o.Unread[p] = audit.Unread{Action: f.Action, Code: f.StableCode(), Reason: f.Message}
	}
}

// emit brings an observation to canonical form and hands it over. Collectors leave to it: the configuration's
// normalisation, Tags (from the configuration's), Name (the Name tag, else the external id's last part) and Status
// (active).
func (s *session) emit(ctx context.Context, out inventory.Emitter, o *audit.Observation) error {
	if o.ExternalID == "" {
		return &fault.Error{Kind: fault.Upstream, Code: "MalformedAnswer", Message: "a resource has no id"}
	}
	if err := s.finish(o); err != nil {
		return err
	}
	return out.Emit(ctx, o)
}

// finish is emit without handing over. A configuration that is not what its shape declares is our defect or AWS's
// nonsense; either way only the attributes concerned are lost: they are unread.
func (s *session) finish(o *audit.Observation) error {
	if o.Tags == nil {
		o.Tags = tagsOf(o.Config["Tags"])
	}
	if o.Name == "" {
		o.Name = o.Tags["Name"]
	}
	if o.Name == "" {
		o.Name = o.ExternalID[strings.LastIndexAny(o.ExternalID, ":/")+1:]
	}
	if o.Status == "" {
		o.Status = audit.ResourceActive
	}
	if facts, ok := plain(o.Facts).(object); ok {
		o.Facts = facts
	}
	sh, ok := shapes.Load().Lookup(o.Type)
	if !ok {
		return fault.New(fault.Internal, "resources of type %s have no shape", o.Type)
	}
	if config, ok := plainConfig(sh.Root(), o.Config).(object); ok {
		o.Config = config
	}
	if malformed := sh.NormalizeUnread(o.Config, o.Unread); malformed != nil {
		s.setMalformed(o, malformed)
		// Nothing can be malformed where nothing is left.
		if err := sh.NormalizeUnread(o.Config, o.Unread); err != nil {
			return err
		}
	}
	setSecrets(sh, o)
	return nil
}

// setMalformed notes attributes that are not of the form that the shape declares: what they say isn't known. It names
// the whole property, since the elements of a list that can't be read have no names that stay the same.
func (s *session) setMalformed(o *audit.Observation, err error) {
	var invalid *audit.InvalidError
	if !errors.As(err, &invalid) {
		return
	}
	for _, p := range invalid.Problems {
		path, _, _ := strings.Cut(p.Field, "[")
		setUnread(o, &fault.Error{
			Kind: fault.Upstream, Code: "MalformedAnswer", Action: s.standsOn[o.Type],
			Message: "the answer is not of the form that its API promises",
		}, path)
	}
}
