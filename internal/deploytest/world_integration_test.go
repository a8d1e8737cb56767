//go:build integration

package deploytest_test

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/infraudit/infraudit/internal/demo"
	"github.com/infraudit/infraudit/internal/deploytest"
	"github.com/infraudit/infraudit/internal/store"
	"github.com/infraudit/infraudit/internal/table"
	"github.com/infraudit/infraudit/internal/table/dynamotable"
	"github.com/infraudit/infraudit/internal/wire/localwire"
)

// world is a deployment that runs, with the demo account as the one that it audits.
type world struct {
	*deploytest.World
	host
	account *demo.Server
	log     *lines
	// externalID is what lets us into the account.
	externalID string
	db         table.DB
	store      *store.Store
}

// teamName makes the team the one of an installation in one process: ids are then alike.
const teamName = "local"

var localTeam = localwire.TeamID

// role is of the demo account, and trusts who shows the external id that we made.
const role = "arn:aws:iam::" + demo.Account + ":role/InfraAuditReadOnly"

var stacks atomic.Int64

// stackName is no other stack's: moto and DynamoDB Local are shared.
func stackName() string { return "infraudit-" + strconv.FormatInt(stacks.Add(1), 10) }

// start deploys the product and runs some of its functions. What is in no list is one at a time.
func start(t testing.TB, o deploytest.Options, functions ...string) *world {
	t.Helper()
	w := &world{account: demoAccount(t), host: host{t: t}, log: &lines{}}
	o.Name = stackName()
	o.Cloud = deploytest.Cloud{DynamoDB: local.Endpoint(t), Moto: moto.Endpoint(t)}
	o.Programs, o.Log = cmp.Or(o.Programs, &programs), w.log
	o.Customer, o.CustomerKey = deploytest.DemoAccount(w.account), demo.AccessKeyID
	all := map[string]int{deploytest.API: 1, "MaintenanceFunction": 1}
	for _, id := range functions {
		all[id] = 1
	}
	maps.Copy(all, o.Functions)
	o.Functions = all
	var err error
	if w.World, err = expanded(t).Start(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Stop(); err != nil {
			t.Error(err)
		}
		for _, refused := range w.Gateway.Refused() {
			t.Error("refused: ", refused)
		}
		for _, line := range w.log.all() {
			if strings.Contains(line, w.token) || strings.Contains(line, deploytest.SessionSecret) {
				t.Errorf("a secret is logged: %s", line)
			}
		}
		if t.Failed() {
			for _, line := range w.log.loud() {
				t.Log(line)
			}
		}
	})
	w.host.handler = w.World
	w.open()
	w.createToken()
	return w
}

// open opens the tables that the functions use.
func (w *world) open() {
	w.t.Helper()
	env := w.Functions[deploytest.API].Environment
	var err error
	w.db, err = dynamotable.New(w.DynamoDB(), store.Schemas(), dynamotable.Options{Name: func(schema string) string {
		return env["INFRAUDIT_TABLE_"+strings.ToUpper(schema)]
	}})
	if err != nil {
		w.t.Fatal(err)
	}
	w.store = store.New(w.db, nil, nil)
}

// work has the functions work on their queues until the test ends.
func (w *world) work() {
	w.t.Helper()
	ctx, stop := context.WithCancel(w.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Work(ctx) }()
	w.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			w.t.Error(err)
		}
	})
}

func (w *world) invoke(function string, event any) []byte {
	w.t.Helper()
	raw, err := json.Marshal(event)
	if err != nil {
		w.t.Fatal(err)
	}
	answer, err := w.Invoke(w.t.Context(), function, raw)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer
}

func (w *world) createToken() {
	w.t.Helper()
	answer := w.invoke("MaintenanceFunction", map[string]string{"job": "create-token", "team": teamName, "name": "test"})
	var made struct{ Token string }
	if err := json.Unmarshal(answer, &made); err != nil || made.Token == "" {
		w.t.Fatalf("create-token: %s, %v", answer, err)
	}
	w.token = made.Token
}

// connected is what connecting an account answers.
type connected struct {
	Provider    struct{ ID string }
	ExecutionID string `json:"execution_id"`
}

// connect connects the demo account, by a role as customers do.
func (w *world) connect() connected {
	w.t.Helper()
	var template struct {
		ExternalID string `json:"external_id"`
	}
	w.call(http.MethodGet, "/providers/aws/role-template?account_id="+demo.Account, nil, &template)
	w.externalID = template.ExternalID
	w.Gateway.Trust(template.ExternalID)
	var c connected
	w.call(http.MethodPost, "/providers/aws/connect", map[string]any{"role_arn": role, "home_region": demo.HomeRegion}, &c)
	return c
}

// source is the queue that a function works on.
func (w *world) source(function string) deploytest.Source {
	w.t.Helper()
	sources := w.Functions[function].Sources
	if len(sources) != 1 {
		w.t.Fatalf("%s has %d queues", function, len(sources))
	}
	return sources[0]
}

// deadLetters counts the messages in the dead-letter queue of a function's queue.
func (w *world) deadLetters(function string) string {
	w.t.Helper()
	return w.waiting(w.Stack.DeadLetters(w.source(function).QueueARN))
}

func (w *world) waiting(queue string) string {
	w.t.Helper()
	const visible = sqstypes.QueueAttributeNameApproximateNumberOfMessages
	out, err := w.SQS().GetQueueAttributes(w.t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: aws.String(queue), AttributeNames: []sqstypes.QueueAttributeName{visible},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out.Attributes[string(visible)]
}

// age has what was read of a provider be read an hour ago, so that a drift detection reads it again.
func (w *world) age(team, provider string) {
	w.t.Helper()
	lines, err := w.store.Coverage(w.t.Context(), team, provider)
	if err != nil {
		w.t.Fatal(err)
	}
	for it, err := range table.All(w.t.Context(), w.db, table.Query{Table: "inventory", PK: team + "#" + provider, Prefix: "cov#"}) {
		if err == nil {
			_, err = w.db.Write(w.t.Context(), table.Write{Table: "inventory", Kind: table.Delete, Key: it.Key})
		}
		if err != nil {
			w.t.Fatal(err)
		}
	}
	for _, c := range lines {
		c.SyncedAt = c.SyncedAt.Add(-time.Hour)
		if err := w.store.PutCoverage(w.t.Context(), team, c); err != nil {
			w.t.Fatal(err)
		}
	}
}
