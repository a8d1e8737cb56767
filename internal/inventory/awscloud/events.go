package awscloud

import (
	"cmp"
	"context"
	"iter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
)

// Changes yields the management events of a region that wrote something, newest first, from CloudTrail's event history:
// 90 days, 50 events a page. Events of services without regions are in audit.RegionGlobal's. Failed calls changed
// nothing and are left out. An event that can't be parsed is left out too: AWS keeps adding forms.
func (a *Account) Changes(ctx context.Context, region string, from, to time.Time) iter.Seq2[inventory.Change, error] {
	return a.lookup(ctx, region, from, to, types.LookupAttribute{
		AttributeKey: types.LookupAttributeKeyReadOnly, AttributeValue: aws.String("false"),
	})
}

// ChangesOf is Changes for the events whose resource list has resourceName: a name, an id or an ARN, depending on the
// service. LookupEvents takes one attribute, so that reading events come too and are left out here.
func (a *Account) ChangesOf(ctx context.Context, region, resourceName string, from, to time.Time) iter.Seq2[inventory.Change, error] {
	return a.lookup(ctx, region, from, to, types.LookupAttribute{
		AttributeKey: types.LookupAttributeKeyResourceName, AttributeValue: &resourceName,
	})
}

func cloudTrailClient(s *session) *cloudtrail.Client {
	return client(s, func(c aws.Config) *cloudtrail.Client { return cloudtrail.NewFromConfig(c) })
}

// maxLookup is the most events that a page of LookupEvents holds (CloudTrail API reference).
const maxLookup = 50

func (a *Account) lookup(
	ctx context.Context, region string, from, to time.Time, by types.LookupAttribute,
) iter.Seq2[inventory.Change, error] {
	return func(yield func(inventory.Change, error) bool) {
		s := a.session(region)
		stopped := false
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := cloudTrailClient(s).LookupEvents(ctx, &cloudtrail.LookupEventsInput{
				LookupAttributes: []types.LookupAttribute{by}, StartTime: &from, EndTime: &to,
				MaxResults: aws.Int32(maxLookup), NextToken: token,
			})
			if err != nil {
				return nil, err
			}
			for i := range page.Events {
				change, ok := a.change(&page.Events[i])
				if ok && !yield(change, nil) {
					stopped = true
					return nil, nil
				}
			}
			return page.NextToken, nil
		})
		if err != nil && !stopped {
			f := *awsaccess.Classify(err)
			if f.Action == "" {
				f.Action = "cloudtrail:LookupEvents"
			}
			yield(inventory.Change{}, &f)
		}
	}
}

// change reads one event. It returns false for events that changed nothing, and for what can't be parsed.
func (a *Account) change(e *types.Event) (inventory.Change, bool) {
	r, ok := parseRecord(aws.ToString(e.CloudTrailEvent))
	if !ok || r.ErrorCode != "" || r.readOnly() {
		return inventory.Change{}, false
	}
	c := inventory.Change{
		EventID: cmp.Or(aws.ToString(e.EventId), r.EventID), At: r.EventTime, Call: r.call(), Actor: r.actor(),
		Paths: a.pathsOf(r.service(), r.EventName),
	}
	if c.At.IsZero() {
		c.At = aws.ToTime(e.EventTime).UTC()
	}
	if c.At.IsZero() || r.EventName == "" {
		return inventory.Change{}, false
	}
	c.Actor.EventID, c.Actor.At, c.Actor.Call = c.EventID, &c.At, c.Call
	names := newNames()
	for _, res := range e.Resources {
		names.add(aws.ToString(res.ResourceName))
	}
	r.names(names)
	c.Resources = names.list
	return c, true
}

// pathsOf returns the attribute paths that a call changes, by resource type, as the service's collector declares.
func (a *Account) pathsOf(service, event string) map[string][]string {
	for _, c := range a.collectors {
		if c.service == service {
			return c.events[event]
		}
	}
	return nil
}
