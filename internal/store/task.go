package store

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/table"
)

// resendAfter is how long a message may take to be received before maintenance sends another for the same task.
const resendAfter = 2 * time.Minute

// maxAdd is how many tasks AddTasks adds in one transaction: with the checks of parent and execution, 98 writes.
const maxAdd = 48

// Attributes of a task beside its document, which never changes. A task is open as long as its marker exists.
const (
	attrOwner    = "ow" // who holds the lease
	attrLease    = "lu" // stamp: nobody else may lease the task before
	attrAttempts = "at"
	attrPlace    = "pl"
	attrFound    = "f"  // JSON
	attrLog      = "lg" // JSON
	attrError    = "er"
	attrFinished = "fa" // stamp
)

const (
	taskPrefix = "task#"
	openPrefix = "open#"
)

func taskKey(t *audit.Task) table.Key {
	return table.Key{PK: executionPK(t.TeamID, t.ExecutionID), SK: taskPrefix + t.ID}
}

func openKey(t *audit.Task) table.Key {
	return table.Key{PK: executionPK(t.TeamID, t.ExecutionID), SK: openPrefix + t.ID}
}

// putTask makes the writes that store a new open task. One with a LeaseUntil can't be leased before then.
func (s *Store) putTask(t *audit.Task) []table.Write {
	t.Status, t.CreatedAt, t.Owner = audit.TaskOpen, s.now(), ""
	start := t.CreatedAt
	if t.LeaseUntil.After(start) {
		start = t.LeaseUntil
	}
	doc := *t
	doc.LeaseUntil, doc.Place, doc.Log = time.Time{}, nil, nil
	attrs := table.Attrs{
		attrDoc: encode(doc), attrStatus: string(t.Status), attrLease: stamp(start),
		"op": shardOf("open", t.ExecutionID), "os": stamp(start.Add(resendAfter)),
	}
	if len(t.Place) > 0 {
		attrs[attrPlace] = t.Place
	}
	return []table.Write{
		{Table: tableControl, Kind: table.Put, Key: taskKey(t), Attrs: attrs, If: table.IfAbsent()},
		{Table: tableControl, Kind: table.Put, Key: openKey(t), Attrs: table.Attrs{}},
	}
}

func decodeTask(it table.Item) (audit.Task, error) {
	var t audit.Task
	if err := decode(it, &t); err != nil {
		return t, err
	}
	t.Status, t.Attempts = audit.TaskStatus(it.String(attrStatus)), int(it.Int(attrAttempts))
	t.Owner, t.Place, t.Error = it.String(attrOwner), it.Bytes(attrPlace), it.String(attrError)
	// Stamps and JSON that this package wrote itself: whatever else is there, is absent.
	t.LeaseUntil, _ = time.Parse(time.RFC3339, it.String(attrLease))
	if at, err := time.Parse(time.RFC3339, it.String(attrFinished)); err == nil {
		t.FinishedAt = &at
	}
	for name, into := range map[string]any{attrFound: &t.Found, attrLog: &t.Log} {
		if raw := it.Bytes(name); raw != nil {
			if err := json.Unmarshal(raw, into); err != nil {
				return t, fault.Wrap(fault.Internal, err, "a stored task can't be read")
			}
		}
	}
	return t, nil
}

// Tasks returns every task of an execution, by id.
func (s *Store) Tasks(ctx context.Context, teamID, executionID string) ([]audit.Task, error) {
	q := table.Query{Table: tableControl, PK: executionPK(teamID, executionID), Prefix: taskPrefix, Consistent: true}
	var tasks []audit.Task
	for it, err := range table.All(ctx, s.db, q) {
		if err != nil {
			return nil, dbFault(err, "task")
		}
		t, err := decodeTask(it)
		if err != nil {
			return nil, err
		}
		tasks = append(tasks, t)
	}
	return tasks, nil
}

// Task returns a task, or NotFound.
func (s *Store) Task(ctx context.Context, teamID, executionID, id string) (audit.Task, error) {
	it, err := s.db.Get(ctx, tableControl, taskKey(&audit.Task{TeamID: teamID, ExecutionID: executionID, ID: id}))
	if err != nil {
		return audit.Task{}, dbFault(err, "task")
	}
	return decodeTask(it)
}

// AddTasks adds to the execution of parent, which the caller has leased, those of tasks that it lacks, and returns
// them. Each batch of 48 is added whole or not at all; adding the rest again adds none twice. Conflict when the
// lease is lost, or the execution ended or was asked to stop.
func (s *Store) AddTasks(ctx context.Context, parent audit.Task, tasks []audit.Task) ([]audit.Task, error) {
	added := make([]audit.Task, 0, len(tasks))
	for len(tasks) > 0 {
		n := min(maxAdd, len(tasks))
		batch, err := s.addBatch(ctx, parent, append([]audit.Task(nil), tasks[:n]...))
		if err != nil {
			return added, err
		}
		added, tasks = append(added, batch...), tasks[n:]
	}
	return added, nil
}

func (s *Store) addBatch(ctx context.Context, parent audit.Task, batch []audit.Task) ([]audit.Task, error) {
	for {
		if len(batch) == 0 {
			return nil, nil
		}
		writes := []table.Write{
			{Table: tableControl, Kind: table.Check, Key: taskKey(&parent), If: held(parent)},
			// Counting makes a close that has looked at the open tasks before fail.
			{
				Table: tableControl, Kind: table.Update, Key: executionKey(parent.TeamID, parent.ExecutionID),
				Add: map[string]int64{attrTasks: int64(len(batch))},
				If:  running().And(table.Condition{Attr: attrCancel, Op: table.Absent}),
			},
		}
		fixed := len(writes)
		for i := range batch {
			batch[i].TeamID, batch[i].ExecutionID = parent.TeamID, parent.ExecutionID
			writes = append(writes, s.putTask(&batch[i])...)
		}
		err := transact(ctx, s.db, writes)
		if err == nil || !errors.Is(err, table.ErrCondition) || failedAt(err, 0) || failedAt(err, 1) {
			if err != nil {
				return nil, dbFault(err, "task")
			}
			return batch, nil
		}
		missing := batch[:0:0]
		for i := range batch {
			if !failedAt(err, fixed+2*i) {
				missing = append(missing, batch[i])
			}
		}
		batch = missing
	}
}

// held are the conditions that t is open and its lease is still with t.Owner; nobody's, when that is empty. A lease
// that ran out counts as held until somebody else takes it.
func held(t audit.Task) table.Conditions {
	c := table.IfEqual(attrStatus, string(audit.TaskOpen))
	if t.Owner == "" {
		return c.And(table.Condition{Attr: attrOwner, Op: table.Absent})
	}
	return c.And(table.Condition{Attr: attrOwner, Op: table.Eq, Value: t.Owner})
}

// LeaseTask gives a task to owner until then, counts the attempt, and returns it. When it has ended, or is somebody
// else's, it returns it as it is, and false. owner must be new for each attempt: two deliveries of one message to
// one worker must not both hold the task.
func (s *Store) LeaseTask(ctx context.Context, teamID, executionID, id, owner string, until time.Time) (audit.Task, bool, error) {
	free := table.IfEqual(attrStatus, string(audit.TaskOpen)).
		And(table.Condition{Attr: attrLease, Op: table.Le, Value: stamp(s.now())})
	it, err := s.db.Write(ctx, table.Write{
		Table: tableControl, Kind: table.Update,
		Key:   taskKey(&audit.Task{TeamID: teamID, ExecutionID: executionID, ID: id}),
		Attrs: table.Attrs{attrOwner: owner, attrLease: stamp(until), "os": stamp(until)},
		Add:   map[string]int64{attrAttempts: 1}, If: free,
	})
	switch {
	case errors.Is(err, table.ErrCondition):
		t, err := s.Task(ctx, teamID, executionID, id)
		return t, false, err
	case err != nil:
		return audit.Task{}, false, dbFault(err, "task")
	}
	t, err := decodeTask(it)
	return t, err == nil, err
}

// RenewTask keeps t's lease until then. Conflict when it is lost.
func (s *Store) RenewTask(ctx context.Context, t audit.Task, until time.Time) error {
	return s.updateTask(ctx, t, table.Attrs{attrLease: stamp(until), "os": stamp(until)})
}

// SaveTask records how far t came, with Place, Found, Log and Attempts as in t, and keeps its lease until then.
// Conflict when the lease is lost.
func (s *Store) SaveTask(ctx context.Context, t audit.Task, until time.Time) error {
	attrs := progress(t)
	attrs[attrLease], attrs["os"] = stamp(until), stamp(until)
	return s.updateTask(ctx, t, attrs)
}

// ReleaseTask gives t's lease back, with Place, Found, Log and Attempts as in t; nobody can lease it before notBefore.
// Whoever releases a task has a message for it in the queue, or sends one: if it isn't received within two minutes
// of notBefore, maintenance finds the task. Conflict when the lease is lost.
func (s *Store) ReleaseTask(ctx context.Context, t audit.Task, notBefore time.Time) error {
	attrs := progress(t)
	attrs[attrLease], attrs["os"] = stamp(notBefore), stamp(notBefore.Add(resendAfter))
	return s.updateTask(ctx, t, attrs, attrOwner)
}

// PostponeTask is for a task whose message seems lost and is sent again: its lease ends, if it has one, and maintenance
// doesn't look at it before until. Conflict when somebody else has taken it meanwhile.
func (s *Store) PostponeTask(ctx context.Context, t audit.Task, until time.Time) error {
	attrs := table.Attrs{"os": stamp(until)}
	if t.Owner != "" {
		attrs[attrLease] = stamp(s.now())
	}
	return s.updateTask(ctx, t, attrs, attrOwner)
}

func (s *Store) updateTask(ctx context.Context, t audit.Task, attrs table.Attrs, remove ...string) error {
	_, err := s.db.Write(ctx, table.Write{
		Table: tableControl, Kind: table.Update, Key: taskKey(&t), Attrs: attrs,
		Remove: remove, If: held(t),
	})
	return dbFault(err, "task")
}

func progress(t audit.Task) table.Attrs {
	attrs := table.Attrs{attrFound: encode(t.Found), attrAttempts: int64(t.Attempts)}
	if len(t.Place) > 0 {
		attrs[attrPlace] = t.Place
	}
	if len(t.Log) > 0 {
		attrs[attrLog] = encode(newest(t.Log))
	}
	return attrs
}

// FinishTask ends t with its Status, Found, Log and Error. Conflict when the lease is lost, or the task has ended. The
// caller calls CloseExecution next.
func (s *Store) FinishTask(ctx context.Context, t audit.Task) error {
	attrs := progress(t)
	delete(attrs, attrPlace)
	attrs[attrStatus], attrs[attrFinished] = string(t.Status), stamp(s.now())
	attrs[table.AttrTTL] = s.now().Add(Retention).Unix()
	if t.Error != "" {
		attrs[attrError] = t.Error
	}
	return dbFault(transact(ctx, s.db, []table.Write{
		{
			Table: tableControl, Kind: table.Update, Key: taskKey(&t), Attrs: attrs,
			Remove: []string{attrOwner, attrLease, attrPlace, "op", "os"}, If: held(t),
		},
		{Table: tableControl, Kind: table.Delete, Key: openKey(&t)},
	}), "task")
}

// OpenTasks returns the tasks of an execution that have not ended, by id.
func (s *Store) OpenTasks(ctx context.Context, teamID, executionID string) ([]audit.Task, error) {
	q := table.Query{Table: tableControl, PK: executionPK(teamID, executionID), Prefix: openPrefix, Consistent: true}
	var tasks []audit.Task
	for it, err := range table.All(ctx, s.db, q) {
		if err != nil {
			return nil, dbFault(err, "task")
		}
		t, err := s.Task(ctx, teamID, executionID, strings.TrimPrefix(it.SK, openPrefix))
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		if err == nil && !t.Status.Done() {
			tasks = append(tasks, t)
		}
	}
	return tasks, nil
}

// Ref names an execution that is running, or an open task of it.
type Ref struct {
	TeamID, ExecutionID string
	TaskID              string // "" for the execution itself
}

// ExpiredLeases returns the open tasks of all teams whose lease, or whose message's time to be received, ran out
// before now, and the executions that have been running for two minutes; every one there is when now is zero.
func (s *Store) ExpiredLeases(ctx context.Context, now time.Time) ([]Ref, error) {
	var refs []Ref
	for n := range uint32(shards) {
		q := table.Query{Table: tableControl, Index: indexLeases, PK: shard("open", n)}
		if !now.IsZero() {
			q.To = stamp(now)
		}
		for it, err := range table.All(ctx, s.db, q) {
			if err != nil {
				return nil, dbFault(err, "task")
			}
			team, rest, _ := strings.Cut(it.PK, "#exe#")
			ref := Ref{TeamID: team, ExecutionID: rest}
			ref.TaskID, _ = strings.CutPrefix(it.SK, taskPrefix)
			if it.SK == skExecution {
				ref.TaskID = ""
			}
			refs = append(refs, ref)
		}
	}
	return refs, nil
}
