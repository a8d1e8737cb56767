package task_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/queue/memqueue"
	"github.com/infraudit/infraudit/internal/queue/queuetest"
	"github.com/infraudit/infraudit/internal/store"
	"github.com/infraudit/infraudit/internal/table"
	"github.com/infraudit/infraudit/internal/table/faulttable"
	"github.com/infraudit/infraudit/internal/task"
)

// state is all that a person sees of the inventory, without times.
func (s *spine) state() []string {
	s.t.Helper()
	var out []string
	for _, r := range s.resources(audit.ResourceActive, audit.ResourceStopped, audit.ResourceDeleted) {
		base, err := s.store.Baselines(s.t.Context(), team, r.ID, store.Paging{})
		if err != nil {
			s.t.Fatal(err)
		}
		line := fmt.Sprintf("%s %s %s config %s baselines", r.ExternalID, r.Type, r.Status, r.ConfigHash)
		for _, b := range base.Items {
			line += " " + b.ID + "=" + b.ConfigHash
		}
		if _, err := s.store.Configuration(s.t.Context(), team, r.ID, ""); err != nil {
			line += " CONFIGURATION LOST: " + err.Error()
		}
		out = append(out, line)
	}
	for _, d := range s.drifts(allDrifts...) {
		out = append(out, fmt.Sprintf("drift %s %s %s %s reopened %d", d.ID, d.Path, d.Status, d.ResolvedBy, d.Reopened))
	}
	slices.Sort(out)
	return out
}

// story is what happens to the estate between two syncs.
func (s *spine) story() {
	s.cloud.edit(group, open22)
	s.cloud.edit(bucket, func(c map[string]any) { delete(c, "PublicAccessBlockConfiguration") })
	s.cloud.remove(volume)
	s.cloud.put(volume+"2", resource{service: "ec2", region: "eu-west-1", typ: "ec2_volume", name: "new", config: map[string]any{"Size": int64(8)}})
}

// restart makes a new process of the spine on db: its queue is empty, and what was open is taken up.
func (s *spine) restart(db table.DB) {
	s.t.Helper()
	blobs := s.tasks.Blobs.(*memBlobs)
	s.store = store.New(db, blobs, s.now)
	s.start(blobs)
	if err := s.engine.Recover(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	page, err := s.store.Executions(s.t.Context(), team, store.ExecutionFilter{Status: audit.ExecutionRunning}, store.Paging{})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, x := range page.Items {
		if _, err := s.finish(s.t.Context(), x.ID); err != nil {
			s.t.Fatal(err)
		}
	}
}

// The process dies at every write of a sync in turn; a new one takes up its work. The end is that of an undisturbed run.
func TestASyncKilledAtAnyWriteEndsLikeOneThatWasNot(t *testing.T) {
	run := func(t *testing.T, fail faulttable.Fail) (*spine, bool) {
		t.Helper()
		inner := openBolt(t)
		s := newSpine(t, inner)
		s.populate()
		s.sync()
		s.story()
		faulty := faulttable.New(inner, fail)
		s.store = store.New(faulty, s.tasks.Blobs, s.now)
		s.start(s.tasks.Blobs.(*memBlobs))
		_, err := s.trySync(t.Context())
		died := err != nil
		s.restart(inner)
		s.sync()
		return s, died
	}
	undisturbed, _ := run(t, nil)
	want := undisturbed.state()
	if len(want) < 7 {
		t.Fatalf("the undisturbed run ends with %q", want)
	}
	for _, fate := range []faulttable.Fate{faulttable.Die, faulttable.DieAfter, faulttable.DieTorn} {
		n := 1
		for ; n < 200; n++ {
			s, died := run(t, faulttable.AtWrite(n, fate))
			if diff := cmp.Diff(want, s.state()); diff != "" {
				t.Fatalf("killed at write %d (fate %d), the end differs (-undisturbed +killed):\n%s", n, fate, diff)
			}
			if !died {
				break
			}
		}
		if n < 10 {
			t.Errorf("fate %d: only %d writes were reached", fate, n)
		}
	}
}

// A write whose answer is lost is made again; the database is not the worse for it.
func TestASyncWhoseWritesLoseTheirAnswersEndsLikeOneThatDidNot(t *testing.T) {
	inner := openBolt(t)
	undisturbed := newSpine(t, inner)
	undisturbed.populate()
	undisturbed.sync()
	undisturbed.story()
	undisturbed.sync()
	want := undisturbed.state()
	for n := 1; n < 60; n += 3 {
		db := openBolt(t)
		s := newSpine(t, db)
		s.populate()
		s.sync()
		s.story()
		s.store = store.New(faulttable.New(db, faulttable.AtWrite(n, faulttable.After)), s.tasks.Blobs, s.now)
		s.start(s.tasks.Blobs.(*memBlobs))
		if _, err := s.trySync(t.Context()); err != nil {
			s.restart(db)
		}
		s.restart(db)
		s.sync()
		if diff := cmp.Diff(want, s.state()); diff != "" {
			t.Fatalf("answer %d lost: the end differs (-undisturbed +disturbed):\n%s", n, diff)
		}
	}
}

func TestATaskNearItsDeadlineGoesOnInAnotherAndDeletesNothing(t *testing.T) {
	s := &spine{t: t, cloud: newCloud(), db: openBolt(t), timeout: 300 * time.Millisecond}
	s.connect()
	s.populate()
	for i := range 50 {
		s.cloud.put(fmt.Sprintf("%s-%d", volume, i), resource{
			service: "ec2", region: "eu-west-1", typ: "ec2_volume", name: "many", config: map[string]any{"Size": int64(i + 1)},
		})
	}
	s.sync()
	// The listing of volumes takes longer than a task may, until it has been tried twice.
	slow := &slowCloud{cloud: s.cloud, tries: 2}
	s.tasks.Opener = slow
	x := s.sync()
	if x.Found.Deleted+x.Found.Changed+x.Found.Created != 0 || x.Status != audit.ExecutionSucceeded {
		t.Errorf("execution %s %+v %+v", x.Status, x.Found, x.Log)
	}
	if slow.tried < 3 {
		t.Errorf("the listing was tried %d times", slow.tried)
	}
	if slow.repeated > 0 {
		t.Errorf("%d resources that an earlier part had handled were not known as done", slow.repeated)
	}
}

// slowCloud stops in the midst of a listing until its task's time is up, so many times.
type slowCloud struct {
	*cloud
	tries, tried, repeated int
	handled                map[string]bool
}

func (c *slowCloud) OpenAccount(context.Context, audit.Provider) (inventory.Account, error) {
	return c, nil
}

func (c *slowCloud) Services(region string) []inventory.Service {
	services := c.cloud.Services(region)
	for i := range services {
		for j := range services[i].Listings {
			l := &services[i].Listings[j]
			if l.Types[0] == "ec2_volume" {
				l.Collect = c.collect
			}
		}
	}
	return services
}

func (c *slowCloud) collect(ctx context.Context, out inventory.Emitter) error {
	c.tried++
	if c.handled == nil {
		c.handled = map[string]bool{}
	}
	n := 0
	for id, r := range c.resources {
		if r.typ != "ec2_volume" {
			continue
		}
		if out.Done(r.typ, id) {
			continue
		}
		if c.handled[id] {
			c.repeated++
		}
		if n++; n > 20 && c.tried <= c.tries {
			<-ctx.Done() // no more comes before the time is up
			return context.Cause(ctx)
		}
		c.handled[id] = true
		if err := out.Emit(ctx, &audit.Observation{
			Type: r.typ, ExternalID: id, Name: r.name, Status: r.status, Config: r.config, Facts: r.facts,
		}); err != nil {
			return err
		}
	}
	return nil
}

func TestAMessageDeliveredTwiceDoesNoHarm(t *testing.T) {
	s := &spine{t: t, cloud: newCloud(), db: openBolt(t), clock: queuetest.NewClock(time.Now())}
	s.duplicate = func(string) bool { return true }
	s.connect()
	s.populate()
	x := s.sync()
	if x.Found.Created != 4 || len(s.resources()) != 4 || x.Progress.TasksDone != 3 {
		t.Errorf("execution %+v", x)
	}
}

func TestActorsAreFoundInTheAuditLogAndUnknownWithTheReasonOtherwise(t *testing.T) {
	s := newSpine(t, openBolt(t))
	s.populate()
	s.sync()
	s.cloud.edit(group, open22)
	s.cloud.edit(bucket, func(c map[string]any) { delete(c, "PublicAccessBlockConfiguration") })
	s.cloud.edit(role, func(c map[string]any) { c["MaxSessionDuration"] = int64(7200) })
	now := s.store.Now()
	s.cloud.changes = []inventory.Change{
		{At: now, Call: "ec2:CreateTags", Resources: []string{"sg-1"}, Actor: audit.Actor{Name: "tagger"}, Paths: map[string][]string{"ec2_security_group": {"Tags"}}},
		{At: now, Call: "ec2:AuthorizeSecurityGroupIngress", Resources: []string{"sg-1"}, Actor: audit.Actor{Name: "maria"}, Paths: map[string][]string{"ec2_security_group": {"SecurityGroupIngress"}}},
		{At: now, Call: "s3:SomethingNew", Resources: []string{"assets"}, Actor: audit.Actor{Name: "ci"}},
		{At: now.Add(-time.Hour), Call: "iam:UpdateRole", Resources: []string{"deploy"}, Actor: audit.Actor{Name: "long ago"}},
	}
	s.sync()
	q := memqueue.New(memqueue.Options{})
	a := &task.Attributor{Tasks: s.tasks, Queue: q, Retries: []time.Duration{}, Log: discard}
	for _, region := range s.cloud.regions {
		a.Request(t.Context(), team, s.provider.ID, region)
		ds, err := q.Receive(t.Context(), 1, 0)
		if err != nil || len(ds) != 1 {
			t.Fatalf("received %v, %v", ds, err)
		}
		if err := a.Handle(t.Context(), ds[0].Body); err != nil {
			t.Fatal(err)
		}
	}
	got := map[string]string{}
	for _, d := range s.drifts() {
		got[d.ResourceName] = string(d.Actor.Status) + " " + d.Actor.Name
		if d.Actor.Status == audit.ActorUnknown && d.Actor.Reason == "" {
			t.Errorf("%s: unknown without a reason", d.ResourceName)
		}
	}
	want := map[string]string{"web": "known maria", "assets": "known ci", "deploy": "unknown "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("actors (-want +got):\n%s", diff)
	}
}
