// Package scanwire wires a one-shot scan: credentials of the environment, the rules and frameworks that come with the
// program, and those of the user's folders.
package scanwire

import (
	"context"
	"io"
	"os"
	"strings"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/compliance"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory/awscloud"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
	"github.com/infraudit/infraudit/internal/scan"
	"github.com/infraudit/infraudit/internal/wire/builtin"
)

// Request asks for a scan of the AWS account that the SDK's default chain of credentials leads to.
type Request struct {
	Frameworks []string // ids; none means the newest CIS benchmark
	Regions    []string
	Services   []string
	Progress   func(scan.Progress)
	Version    string
	// Save, where there is one, gets a snapshot of all that is read; Against is an earlier one to compare with.
	Save    io.Writer
	Against io.Reader
}

// defaultFramework is the newest CIS benchmark.
const defaultFramework = "cis-aws-7.0"

// limits are of one scan that someone waits for. A service that throttles halves its own rate.
var limits = awsaccess.Limits{Rate: 100, Burst: 200}

// AWS scans. The rules are loaded while AWS is asked whose credentials they are.
func AWS(ctx context.Context, r Request) (*scan.Report, error) {
	opened := make(chan result, 1)
	go func() {
		account, err := awscloud.Open(ctx, awsaccess.Options{
			Credentials: awsaccess.Credentials{Method: audit.AuthDefault}, HomeRegion: os.Getenv("AWS_REGION"), Version: r.Version, Limits: limits,
		})
		opened <- result{account, err}
	}()
	o, err := r.options()
	if err != nil {
		return nil, err
	}
	got := <-opened
	if got.err != nil {
		return nil, got.err
	}
	o.Account, o.AccountID = got.account, got.account.ID()
	if r.Save == nil {
		return scan.Run(ctx, o)
	}
	snapshot, err := scan.NewSnapshotWriter(r.Save, o.AccountID, o.Now(), o.Shapes)
	if err != nil {
		return nil, err
	}
	o.Observe = snapshot.Add
	report, err := scan.Run(ctx, o)
	if err != nil {
		return nil, err
	}
	return report, snapshot.Close(report.Coverage)
}

type result struct {
	account *awscloud.Account
	err     error
}

// options are all but the account.
func (r *Request) options() (scan.Options, error) {
	o := scan.Options{Regions: r.Regions, Services: r.Services, Progress: r.Progress, Now: time.Now, Shapes: shapes.Load()}
	var err error
	if o.Rules, o.Catalog, err = builtin.Load(); err != nil {
		return o, err
	}
	ids := r.Frameworks
	if len(ids) == 0 {
		ids = []string{defaultFramework}
	}
	for _, id := range ids {
		f, ok := o.Catalog.Lookup(id)
		if !ok {
			return o, fault.Field("framework", "%q is none of %s", id, strings.Join(names(o.Catalog), ", "))
		}
		o.Frameworks = append(o.Frameworks, f)
	}
	if r.Against != nil {
		o.Against, err = scan.ReadSnapshot(r.Against)
	}
	return o, err
}

func names(c *compliance.Catalog) []string {
	var out []string
	for _, f := range c.All() {
		out = append(out, f.ID)
	}
	return out
}
