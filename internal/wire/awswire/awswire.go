// Package awswire puts the product together from what template.yaml deploys: DynamoDB, SQS, S3 and KMS. Its subpackages do
// so for the functions that need more than that; each function links only what it uses.
package awswire

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/blob"
	"github.com/infraudit/infraudit/internal/blob/s3blob"
	"github.com/infraudit/infraudit/internal/job"
	"github.com/infraudit/infraudit/internal/lambdafn"
	"github.com/infraudit/infraudit/internal/outbox"
	"github.com/infraudit/infraudit/internal/queue"
	"github.com/infraudit/infraudit/internal/store"
	"github.com/infraudit/infraudit/internal/table"
	"github.com/infraudit/infraudit/internal/table/dynamotable"
	"github.com/infraudit/infraudit/internal/wire/productwire"
)

// Function is what every function has: the product on AWS's drivers.
type Function struct {
	*lambdafn.Host
	*productwire.Product
	Config Config
	AWS    aws.Config
	DB     table.DB

	sqs *sqs.Client
}

// New reads the environment and makes the clients of a function. It makes no request.
func New(ctx context.Context, name string) (*Function, error) {
	c, err := FromEnv(os.Getenv, version())
	if err != nil {
		return nil, fmt.Errorf("environment of %s: %w", name, err)
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("AWS configuration of %s: %w", name, err)
	}
	db, err := dynamotable.New(dynamodb.NewFromConfig(cfg), store.Schemas(), dynamotable.Options{Name: c.Tables.name})
	if err != nil {
		return nil, err
	}
	var blobs *blob.Store
	if c.Bucket != "" {
		if blobs, err = s3blob.Open(ctx, s3.NewFromConfig(cfg), c.Bucket, s3blob.Options{}); err != nil {
			return nil, err
		}
	}
	host := &lambdafn.Host{Function: name, Log: lambdafn.NewLogger(os.Stdout, c.LogLevel)}
	f := &Function{
		Host: host, Product: productwire.New(db, blobs, c.Version), Config: c, AWS: cfg, DB: db, sqs: sqs.NewFromConfig(cfg),
	}
	if c.Queues.Events != "" { // without, the sweep finds the function's events within a minute
		f.Store.Announce(outbox.Announcer(f.EventsQueue(), host.Log))
	}
	return f, nil
}

// Main makes a function and hands its handler to Lambda. A function that can't be made ends at once, so that Lambda says
// why instead of waiting.
func Main[H any](name string, open func(context.Context, string) (H, error)) {
	handler, err := open(context.Background(), name)
	if err != nil {
		slog.New(slog.NewJSONHandler(os.Stdout, nil)).Error("the function can't start", "function", name, "error", err)
		os.Exit(1)
	}
	lambda.Start(handler)
}

// taskTimeout is how long one delivery may take: Lambda ends a worker after five minutes, and what it came to must be recorded
// before that.
const taskTimeout = 290 * time.Second

// Engine returns the function's engine. Own is the queue whose messages it handles; nil for one that only sends. What a
// handler needs must be in the product before.
func (f *Function) Engine(own queue.Queue) *job.Engine {
	options := f.Options(f.Log)
	options.Tasks, options.Route = own, f.router()
	options.Lease, options.TaskTimeout = f.Config.Lease, taskTimeout
	return job.New(options)
}

// router sends tasks to the queue of their execution's type: what is slow in one kind of job holds up no other. A team
// with many providers is planned by dispatch, and files are written by export, whatever they are of.
func (f *Function) router() func(audit.JobType, audit.Task) queue.Queue {
	q := f.Config.Queues
	dispatch, sync, drift := f.sender(q.Dispatch), f.sender(q.ResourceSync), f.sender(q.DriftDetection)
	check, export := f.sender(q.ComplianceCheck), f.sender(q.Export)
	return func(typ audit.JobType, t audit.Task) queue.Queue {
		switch {
		case t.Kind == audit.TaskPlan && t.ProviderID == "":
			return dispatch
		case t.Kind == audit.TaskExport:
			return export
		case typ == audit.JobDriftDetection:
			return drift
		case typ == audit.JobComplianceCheck:
			return check
		}
		return sync
	}
}

// version is that of the module, or of the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
