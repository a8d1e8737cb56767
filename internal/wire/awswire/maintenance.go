package awswire

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"

	"github.com/aws/aws-lambda-go/events"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/job"
	"github.com/infraudit/infraudit/internal/lambdafn"
	"github.com/infraudit/infraudit/internal/outbox"
	"github.com/infraudit/infraudit/internal/queue"
	"github.com/infraudit/infraudit/internal/store"
)

// Maintenance is what the function does that looks after the others: each minute, by its queue, it sends lost tasks again and
// closes what was left open, and has events sent that are due; an operator who may invoke it makes the first team and its
// admin's token.
func Maintenance(f *Function) (Messages, map[string]lambdafn.Command, error) {
	engine := f.Engine(nil)
	told, err := f.Queue(f.Config.Queues.Events, "INFRAUDIT_QUEUE_EVENTS")
	if err != nil {
		return nil, nil, err
	}
	lookAround := func(ctx context.Context) error {
		return errors.Join(engine.Maintain(ctx), outbox.Sweep(ctx, f.Store, told))
	}
	messages := f.Messages(func(ctx context.Context, d queue.Delivery) bool {
		var m struct{ Job string }
		err := json.Unmarshal(d.Body, &m)
		if err == nil && m.Job != commandMend { // nothing else comes by the queue
			err = errNoCommand
		}
		if err == nil {
			err = lookAround(ctx)
		}
		if err != nil {
			f.Log.ErrorContext(ctx, "maintenance failed", "error", err)
		}
		return err == nil
	})
	return messages, map[string]lambdafn.Command{
		commandMend: func(ctx context.Context, _ json.RawMessage) (any, error) { return nil, lookAround(ctx) },
		"create-token": func(ctx context.Context, in json.RawMessage) (any, error) {
			return createToken(ctx, f.Store, engine, in)
		},
	}, nil
}

// Messages handles a batch of messages.
type Messages = func(context.Context, events.SQSEvent) (events.SQSEventResponse, error)

// newToken is what an operator asks for.
type newToken struct {
	Team string `json:"team"` // a name; the same name is the same team
	Name string `json:"name"` // whose the token is
}

// createdToken is shown once: only a digest of the token is stored.
type createdToken struct {
	TeamID string `json:"team_id"`
	Token  string `json:"token"`
}

// createToken makes a team, its default jobs, and a token of an admin's.
func createToken(ctx context.Context, st *store.Store, engine *job.Engine, input json.RawMessage) (any, error) {
	var in newToken
	if err := json.Unmarshal(input, &in); err != nil {
		return nil, fault.New(fault.Malformed, "the input is no JSON object")
	}
	if in.Team == "" {
		return nil, fault.Field("team", "is required")
	}
	team, err := st.EnsureTeam(ctx, store.Team{ID: audit.DeriveID(audit.PrefixTeam, in.Team), Name: in.Team})
	if err != nil {
		return nil, err
	}
	if err := engine.EnsureDefaultJobs(ctx, team.ID); err != nil {
		return nil, err
	}
	token := "iat_" + rand.Text() + rand.Text()
	err = st.CreateToken(ctx, token, store.Token{
		TeamID: team.ID, UserID: audit.DeriveID(audit.PrefixUser, team.ID, in.Name), Role: "admin", Name: in.Name,
	})
	return createdToken{TeamID: team.ID, Token: token}, err
}
