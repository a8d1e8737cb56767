package localwire

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/demo"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
	"github.com/infraudit/infraudit/internal/job"
	"github.com/infraudit/infraudit/internal/store"
	"github.com/infraudit/infraudit/internal/wire/accounts"
)

// show is what --demo does on its own: connect the demo account, read it, let it change, and read it again.
type show struct {
	*Product
	account *demo.Server
	out     io.Writer
	program string
	base    string
}

func (s *show) printf(format string, args ...any) { _, _ = fmt.Fprintf(s.out, format, args...) }

func (s *show) run(ctx context.Context) {
	if err := s.play(ctx); err != nil && ctx.Err() == nil {
		s.printf("The demo stopped: %v\n", err)
		s.log.ErrorContext(ctx, "the demo stopped", "error", err)
	}
}

func (s *show) play(ctx context.Context) error {
	s.printf("InfraAudit is running at %s (demo: an AWS account played on this machine)\n\n", s.base)
	p, x, err := s.Accounts.Connect(ctx, accounts.Request{
		TeamID: TeamID, By: "demo", Name: "demo (AWS)", HomeRegion: demo.HomeRegion,
		Credentials: awsaccess.Credentials{
			Method: audit.AuthDemo, AccessKeyID: demo.AccessKeyID, SecretAccessKey: demo.SecretAccessKey,
		},
	})
	if err != nil {
		return err
	}
	if x, err = s.wait(ctx, x.ID); err != nil {
		return err
	}
	s.printf("1. Inventory: %d resources in %s, with %d API calls. A baseline of each is captured.\n",
		x.Found.Resources, x.FinishedAt.Sub(x.StartedAt).Round(10*time.Millisecond), x.Found.APICalls)

	if err := s.assess(ctx, p.ID, 2); err != nil {
		return err
	}
	s.account.Advance()
	s.printf("3. Meanwhile, people changed things in the account. Reading it again ...\n")
	x, _, err = s.Engine.Trigger(ctx, TeamID, job.Request{
		Type: audit.JobDriftDetection, Scope: audit.Scope{ProviderID: p.ID}, Trigger: "demo", MaxAge: -1,
	})
	if err != nil {
		return err
	}
	if x, err = s.wait(ctx, x.ID); err != nil {
		return err
	}
	s.printf("4. Drift: %d found in %s, with %d new and %d deleted resources.\n\n", x.Found.DriftsDetected,
		x.FinishedAt.Sub(x.StartedAt).Round(10*time.Millisecond), x.Found.Created, x.Found.Deleted)
	drifts, err := s.attributed(ctx)
	if err != nil {
		return err
	}
	slices.SortStableFunc(drifts, func(a, b audit.Drift) int {
		return cmp.Or(b.Severity.Rank()-a.Severity.Rank(), strings.Compare(a.ResourceName, b.ResourceName), strings.Compare(a.Path, b.Path))
	})
	for _, d := range drifts {
		s.printf("   %-8s  %-24s %s\n   %-8s  %-24s by %s\n", d.Severity, d.ResourceName, d.Summary, "", "", who(d.Actor))
	}
	s.printf("\n")
	if err := s.assess(ctx, p.ID, 5); err != nil {
		return err
	}
	s.printf("\nTry, in another terminal:\n"+
		"  %[1]s drift list\n"+
		"  %[1]s finding list\n"+
		"  %[1]s compliance show\n"+
		"  %[1]s resource list --type s3_bucket\n"+
		"  %[1]s provider coverage %[2]s\n\n"+
		"API documentation: %[3]s/docs    Stop: Ctrl-C\n", s.program, p.ID, s.base)
	return nil
}

// assess judges what was read, and says how the account does.
func (s *show) assess(ctx context.Context, providerID string, step int) error {
	x, _, err := s.Engine.Trigger(ctx, TeamID, job.Request{
		Type: audit.JobComplianceCheck, Scope: audit.Scope{ProviderID: providerID}, Trigger: "demo",
	})
	if err != nil {
		return err
	}
	if x, err = s.wait(ctx, x.ID); err != nil {
		return err
	}
	s.printf("%d. Compliance: %d new findings, %d resolved, in %s.\n", step, x.Found.FindingsOpened, x.Found.FindingsResolved, x.FinishedAt.Sub(x.StartedAt).Round(10*time.Millisecond))
	page, err := s.Store.Assessments(ctx, TeamID, "", store.Paging{})
	if err != nil {
		return err
	}
	for _, a := range page.Items {
		if a.ExecutionID != x.ID {
			continue
		}
		score := "no score"
		if a.Score != nil {
			score = fmt.Sprintf("%.0f %%", *a.Score*100)
		}
		n := a.Counts
		s.printf("   %s %s: %s; of %d controls %d passed, %d failed, %d not assessed (the demo plays %d services only).\n",
			a.Framework.Name, a.Framework.Version, score, n.Controls, n.Passed, n.Failed, n.NotAssessed, len(demo.Services()))
	}
	return nil
}

func who(a audit.Actor) string {
	if a.Status != audit.ActorKnown {
		return string(a.Status) + " (" + a.Reason + ")"
	}
	return fmt.Sprintf("%s, %s from %s", a.Name, a.Call, a.SourceIP)
}

// poll is how often the show looks whether what it waits for has happened.
const poll = 50 * time.Millisecond

// wait returns an execution once it has ended.
func (s *show) wait(ctx context.Context, id string) (audit.Execution, error) {
	for {
		x, err := s.Store.Execution(ctx, TeamID, id)
		if err != nil || x.Status.Done() {
			if err == nil && x.Status == audit.ExecutionFailed {
				err = fmt.Errorf("execution %s failed: %s", id, x.Error)
			}
			return x, err
		}
		if err := pause(ctx, poll); err != nil {
			return x, err
		}
	}
}

// attributedWithin is how long the show waits for the actors.
const attributedWithin = 10 * time.Second

// attributed returns the open drifts once their actors have been looked for.
func (s *show) attributed(ctx context.Context) ([]audit.Drift, error) {
	for until := time.Now().Add(attributedWithin); ; {
		page, err := s.Store.Drifts(ctx, TeamID, store.DriftFilter{}, store.Paging{Limit: store.MaxLimit})
		if err != nil {
			return nil, err
		}
		pending := 0
		for _, d := range page.Items {
			if d.Actor.Status == audit.ActorPending {
				pending++
			}
		}
		if pending == 0 || time.Now().After(until) {
			return page.Items, nil
		}
		if err := pause(ctx, poll); err != nil {
			return nil, err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
