// Package awswork puts together the functions that read customers' accounts.
package awswork

import (
	"context"
	"fmt"

	"github.com/infraudit/infraudit/internal/lambdafn"
	"github.com/infraudit/infraudit/internal/queue"
	"github.com/infraudit/infraudit/internal/task"
	"github.com/infraudit/infraudit/internal/wire/awswire"
	"github.com/infraudit/infraudit/internal/wire/awswire/awsaccounts"
	"github.com/infraudit/infraudit/internal/wire/awswire/awskeys"
	"github.com/infraudit/infraudit/internal/wire/opener"
)

// ResourceSync is the function that does the tasks of syncs: its queue names them.
func ResourceSync(ctx context.Context, name string) (lambdafn.Event, error) {
	return worker(ctx, name, "INFRAUDIT_QUEUE_RESOURCE_SYNC", func(q awswire.Queues) string { return q.ResourceSync })
}

// DriftDetection is the function that does the tasks of drift detections: its queue names them.
func DriftDetection(ctx context.Context, name string) (lambdafn.Event, error) {
	return worker(ctx, name, "INFRAUDIT_QUEUE_DRIFT_DETECTION", func(q awswire.Queues) string { return q.DriftDetection })
}

// ComplianceCheck is the function that does the tasks of compliance checks: its queue names them.
func ComplianceCheck(ctx context.Context, name string) (lambdafn.Event, error) {
	return worker(ctx, name, "INFRAUDIT_QUEUE_COMPLIANCE_CHECK", func(q awswire.Queues) string { return q.ComplianceCheck })
}

// worker is a function that does an execution's tasks.
func worker(ctx context.Context, name, variable string, url func(awswire.Queues) string) (lambdafn.Event, error) {
	f, attributor, err := open(ctx, name)
	if err != nil {
		return nil, err
	}
	f.Tasks.Attribute = attributor.Request
	own, err := f.Queue(url(f.Config.Queues), variable)
	if err != nil {
		return nil, err
	}
	return f.Events(f.Messages(f.Engine(own).Handle), nil), nil
}

// Attribution is the function that finds out who changed what: its queue names regions.
func Attribution(ctx context.Context, name string) (lambdafn.Event, error) {
	f, attributor, err := open(ctx, name)
	if err != nil {
		return nil, err
	}
	return f.Events(f.Messages(func(ctx context.Context, d queue.Delivery) bool {
		err := attributor.Handle(ctx, d.Body)
		if err != nil {
			f.Log.WarnContext(ctx, "a search for actors failed", "error", err)
		}
		return err == nil
	}), nil), nil
}

// open makes a function that can open accounts, and what searches for actors in them.
func open(ctx context.Context, name string) (*awswire.Function, *task.Attributor, error) {
	f, err := awswire.New(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	keys, err := awskeys.Keys(f)
	if err != nil {
		return nil, nil, fmt.Errorf("keys of %s: %w", name, err)
	}
	f.Tasks.Opener = opener.Opener{Accounts: awsaccounts.Accounts(f, keys, nil)}
	own, err := f.Queue(f.Config.Queues.Attribution, "INFRAUDIT_QUEUE_ATTRIBUTION")
	if err != nil {
		return nil, nil, err
	}
	return f, &task.Attributor{Tasks: f.Tasks, Queue: own, Log: f.Log}, nil
}
