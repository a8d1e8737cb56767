package awscloud

import (
	"context"
	"maps"

	"github.com/infraudit/infraudit/internal/audit"
)

// batch makes one call for details of several resources, with what detail makes of a failure for each of them. It returns
// those that still exist: a call that names one that is gone fails as a whole, so that the others are asked about again,
// one by one.
func (s *session) batch(
	ctx context.Context, all []*audit.Observation, paths []string, call func(ctx context.Context, some []*audit.Observation) error,
) ([]*audit.Observation, error) {
	if len(all) == 0 {
		return nil, nil
	}
	err := call(ctx, all)
	if missing, _ := isAbsence(err); missing {
		if len(all) == 1 {
			return nil, nil
		}
		var kept []*audit.Observation
		for i := range all {
			one, err := s.batch(ctx, all[i:i+1], paths, call)
			if err != nil {
				return nil, err
			}
			kept = append(kept, one...)
		}
		return kept, nil
	}
	var failed audit.Observation
	if err := s.detail(ctx, &failed, paths, func(context.Context) error { return err }); err != nil {
		return nil, err
	}
	for _, o := range all {
		if o.Unread == nil && len(failed.Unread) > 0 {
			o.Unread = map[string]audit.Unread{}
		}
		maps.Copy(o.Unread, failed.Unread)
	}
	return all, nil
}
