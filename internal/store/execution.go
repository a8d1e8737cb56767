package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/table"
)

// MaxFirstTasks is how many tasks StartExecution takes: with the execution and its lock they are one transaction.
const MaxFirstTasks = 48

// Retention is how long an execution and its tasks are kept after they ended.
const Retention = 90 * 24 * time.Hour

// MaxLogLines is how many log lines a task keeps, and an execution shows: the newest.
const MaxLogLines = 50

// ExecutionFilter narrows a list of executions; the zero filter keeps all.
type ExecutionFilter struct {
	JobID  string
	Type   audit.JobType
	Status audit.ExecutionStatus
}

// Attributes of an execution beside its document.
const (
	attrTasks  = "n"  // how many tasks were ever added
	attrCancel = "cx" // someone asked it to stop
	attrRun    = "x"  // of a lock: the execution that holds it
)

const skExecution = "exe"

func executionPK(teamID, id string) string { return teamID + "#exe#" + id }

func executionKey(teamID, id string) table.Key {
	return table.Key{PK: executionPK(teamID, id), SK: skExecution}
}

// lockKey is where the running execution of a type and scope is named: there is at most one.
func lockKey(e *audit.Execution) table.Key {
	scope := audit.Digest(16, e.Scope.ProviderID, e.Scope.ResourceID)
	if e.Type.Export() {
		scope = e.ID // each says for itself what it writes
	}
	return table.Key{PK: e.TeamID, SK: "run#" + string(e.Type) + "#" + scope}
}

// StartExecution stores a running execution with its first tasks, at most MaxFirstTasks, all or none. When one of
// the same type and scope is running, or one of the same id exists, it returns that one, and false. An execution
// without tasks has succeeded at once.
func (s *Store) StartExecution(ctx context.Context, e audit.Execution, tasks []audit.Task) (audit.Execution, bool, error) {
	e.Status, e.StartedAt = audit.ExecutionRunning, s.now()
	e.Progress, e.Log = audit.Progress{TasksTotal: len(tasks)}, []audit.LogLine{}
	if len(tasks) == 0 {
		e.Status, e.FinishedAt = audit.ExecutionSucceeded, &e.StartedAt
	}
	lock := table.Write{
		Table: tableControl, Kind: table.Put, Key: lockKey(&e),
		Attrs: table.Attrs{attrRun: e.ID}, If: table.IfAbsent(),
	}
	if len(tasks) == 0 {
		lock.Kind, lock.Attrs = table.Check, nil
	}
	writes := []table.Write{lock, s.putExecution(&e, len(tasks))}
	for i := range tasks {
		tasks[i].TeamID, tasks[i].ExecutionID = e.TeamID, e.ID
		writes = append(writes, s.putTask(&tasks[i])...)
	}
	writes, events, err := s.withJobEvent(writes, &e)
	if err != nil {
		return audit.Execution{}, false, err
	}
	for try := 1; ; try++ {
		err := transact(ctx, s.db, writes)
		if err == nil {
			s.tell(ctx, events)
			return e, true, nil
		}
		if !errors.Is(err, table.ErrCondition) {
			return audit.Execution{}, false, dbFault(err, "execution")
		}
		id := e.ID
		if failedAt(err, 0) {
			it, err := s.db.Get(ctx, tableControl, lockKey(&e))
			if errors.Is(err, table.ErrNotFound) && try < tries {
				continue // it ended meanwhile
			}
			if err != nil {
				return audit.Execution{}, false, dbFault(err, "execution")
			}
			id = it.String(attrRun)
		}
		running, err := s.Execution(ctx, e.TeamID, id)
		return running, false, err
	}
}

// putExecution makes the write that stores a new execution of so many tasks.
func (s *Store) putExecution(e *audit.Execution, tasks int) table.Write {
	started := stamp(e.StartedAt) + "#" + e.ID
	attrs := table.Attrs{
		attrDoc: encode(e), attrStatus: string(e.Status), attrTasks: int64(tasks),
		"xp": e.TeamID + "#exe", "xs": started,
	}
	if e.JobID != "" {
		attrs["jp"], attrs["js"] = e.TeamID+"#"+e.JobID, started
	}
	if e.Status.Done() {
		attrs[table.AttrTTL] = s.now().Add(Retention).Unix()
	} else { // so that maintenance finds it, should whoever closes its last task stop in between
		attrs["op"], attrs["os"] = shardOf("open", e.ID), stamp(e.StartedAt.Add(resendAfter))
	}
	return table.Write{
		Table: tableControl, Kind: table.Put, Key: executionKey(e.TeamID, e.ID), Attrs: attrs,
		If: table.IfAbsent(),
	}
}

func decodeExecution(it table.Item) (audit.Execution, error) {
	var e audit.Execution
	if err := decode(it, &e); err != nil {
		return e, err
	}
	e.TeamID, _, _ = strings.Cut(it.PK, "#")
	return e, nil
}

// Execution returns an execution with the sums, and the newest log lines, of its tasks; or NotFound.
func (s *Store) Execution(ctx context.Context, teamID, id string) (audit.Execution, error) {
	e, _, err := s.ExecutionState(ctx, teamID, id)
	if err != nil {
		return e, err
	}
	tasks, err := s.Tasks(ctx, teamID, id)
	if err != nil {
		return audit.Execution{}, err
	}
	sum(&e, tasks)
	return e, nil
}

// ExecutionState returns an execution without looking at its tasks, and whether it was asked to stop; or NotFound.
// Sums and log of one that is running are missing.
func (s *Store) ExecutionState(ctx context.Context, teamID, id string) (e audit.Execution, stopping bool, err error) {
	if !knownID(id, audit.PrefixExecution) {
		return audit.Execution{}, false, noSuch("execution")
	}
	it, err := s.db.Get(ctx, tableControl, executionKey(teamID, id))
	if err != nil {
		return audit.Execution{}, false, dbFault(err, "execution")
	}
	e, err = decodeExecution(it)
	return e, it.Bool(attrCancel), err
}

// Executions lists a team's executions, or those of one job, the newest first, without their logs. On DynamoDB it
// may miss what was started in the last second.
func (s *Store) Executions(ctx context.Context, teamID string, f ExecutionFilter, paging Paging) (Page[audit.Execution], error) {
	name := query("executions", teamID, f.JobID, string(f.Type), string(f.Status))
	q := table.Query{Table: tableControl, Index: indexExecutions, PK: teamID + "#exe", Reverse: true}
	if f.JobID != "" {
		q.Index, q.PK = indexByJob, teamID+"#"+f.JobID
	}
	return list(ctx, s, q, paging, name, "execution", func(it table.Item) (audit.Execution, bool, error) {
		e, err := decodeExecution(it)
		if err != nil || f.Type != "" && e.Type != f.Type || f.Status != "" && e.Status != f.Status {
			return e, false, err
		}
		if !e.Status.Done() { // there are few: one per type and scope
			full, err := s.Execution(ctx, teamID, e.ID)
			if err != nil {
				return e, false, err
			}
			e = full
		}
		e.Log = []audit.LogLine{}
		return e, f.Status == "" || e.Status == f.Status, nil
	})
}

// CancelExecution asks a running execution to stop: no task can be added to it from then on. Asking twice is fine;
// Conflict when it has ended. Its open tasks are closed by FinishTask, and it by CloseExecution, as ever.
func (s *Store) CancelExecution(ctx context.Context, teamID, id string) error {
	if !knownID(id, audit.PrefixExecution) {
		return noSuch("execution")
	}
	_, err := s.db.Write(ctx, table.Write{
		Table: tableControl, Kind: table.Update, Key: executionKey(teamID, id),
		Attrs: table.Attrs{attrCancel: true}, If: running(),
	})
	if !errors.Is(err, table.ErrCondition) {
		return dbFault(err, "execution")
	}
	e, _, err := s.ExecutionState(ctx, teamID, id)
	if err != nil {
		return err
	}
	return &fault.Error{
		Kind: fault.Conflict, Code: "execution_ended",
		Message: "the execution has ended already: " + string(e.Status),
	}
}

func running() table.Conditions { return table.IfEqual(attrStatus, string(audit.ExecutionRunning)) }

// CloseExecution ends a running execution that has no open task: succeeded or failed when all its tasks are,
// cancelled when any was, else partial; plans count only when they did not succeed. before is called first with the
// execution as it will be and all its tasks; it may be called more than once, and its error leaves the execution
// running. It returns false when the execution has open tasks, or ended earlier.
func (s *Store) CloseExecution(ctx context.Context, teamID, id string,
	before func(context.Context, audit.Execution, []audit.Task) error,
) (audit.Execution, bool, error) {
	key := executionKey(teamID, id)
	it, err := s.db.Get(ctx, tableControl, key)
	if err != nil {
		return audit.Execution{}, false, dbFault(err, "execution")
	}
	e, err := decodeExecution(it)
	if err != nil || e.Status.Done() {
		return e, false, err
	}
	open, err := s.db.Query(ctx, table.Query{Table: tableControl, PK: key.PK, Prefix: openPrefix, Limit: 1, Consistent: true})
	if err != nil {
		return e, false, dbFault(err, "execution")
	}
	if len(open.Items) > 0 || open.Next != "" {
		return e, false, nil
	}
	tasks, err := s.Tasks(ctx, teamID, id)
	if err != nil {
		return e, false, err
	}
	conclude(&e, tasks, s.now())
	if before != nil {
		if err := before(ctx, e, tasks); err != nil {
			return e, false, err
		}
	}
	stored := e
	stored.Log = []audit.LogLine{} // the tasks have it
	writes, events, err := s.withJobEvent([]table.Write{
		{
			Table: tableControl, Kind: table.Update, Key: key,
			Attrs: table.Attrs{
				attrDoc: encode(stored), attrStatus: string(e.Status),
				table.AttrTTL: s.now().Add(Retention).Unix(),
			},
			Remove: []string{"op", "os"},
			// A task added since the look at the open ones would show here.
			If: running().And(table.Condition{Attr: attrTasks, Op: table.Eq, Value: it.Int(attrTasks)}),
		},
		{Table: tableControl, Kind: table.Delete, Key: lockKey(&e), If: table.IfEqual(attrRun, e.ID)},
	}, &e)
	if err != nil {
		return e, false, err
	}
	err = transact(ctx, s.db, writes)
	if errors.Is(err, table.ErrCondition) {
		e, _, err = s.ExecutionState(ctx, teamID, id) // somebody else closed it
		return e, false, err
	}
	if err == nil {
		s.tell(ctx, events)
	}
	return e, err == nil, dbFault(err, "execution")
}

// withJobEvent adds to the writes that end an execution the event that tells of it, if there is something to tell.
func (s *Store) withJobEvent(writes []table.Write, e *audit.Execution) ([]table.Write, []audit.Event, error) {
	if !e.Status.Done() {
		return writes, nil, nil
	}
	event, ok := audit.NewJobEvent(e)
	if !ok {
		return writes, nil, nil
	}
	w, err := s.eventWrite(&event)
	return append(writes, w), []audit.Event{event}, err
}

// conclude ends an execution whose tasks have all ended.
func conclude(e *audit.Execution, tasks []audit.Task, now time.Time) {
	sum(e, tasks)
	count := map[audit.TaskStatus]int{}
	judged := 0
	for _, t := range tasks {
		if t.Kind == audit.TaskPlan && t.Status == audit.TaskSucceeded {
			continue // its tasks tell
		}
		judged++
		count[t.Status]++
		if t.Error != "" && e.Error == "" {
			e.Error = t.Error
		}
	}
	switch {
	case count[audit.TaskCancelled] > 0:
		e.Status = audit.ExecutionCancelled
	case count[audit.TaskSucceeded] == judged:
		e.Status = audit.ExecutionSucceeded
	case count[audit.TaskFailed] == judged:
		e.Status = audit.ExecutionFailed
	default:
		e.Status = audit.ExecutionPartial
	}
	e.FinishedAt = &now
}

// sum fills in what an execution shows of its tasks.
func sum(e *audit.Execution, tasks []audit.Task) {
	e.Found, e.Progress = audit.Found{}, audit.Progress{TasksTotal: len(tasks)}
	e.Log = []audit.LogLine{}
	for _, t := range tasks {
		e.Found.Add(t.Found)
		if t.Status.Done() {
			e.Progress.TasksDone++
		}
		e.Log = append(e.Log, t.Log...)
	}
	slices.SortStableFunc(e.Log, func(a, b audit.LogLine) int { return a.At.Compare(b.At) })
	e.Log = newest(e.Log)
}

func newest(log []audit.LogLine) []audit.LogLine {
	return log[max(0, len(log)-MaxLogLines):]
}
