// Package scanwire wires a one-shot scan: credentials of the environment, the rules and frameworks that come with the
// program, and those of the user's folders.
package scanwire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/compliance"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory/awscloud"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
	"github.com/infraudit/infraudit/internal/rule"
	"github.com/infraudit/infraudit/internal/scan"
	"github.com/infraudit/infraudit/rules"
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
var limits = awscloud.Limits{Rate: 100, Burst: 200}

// AWS scans.
func AWS(ctx context.Context, r Request) (*scan.Report, error) {
	set, catalog, err := Builtin()
	if err != nil {
		return nil, err
	}
	if len(r.Frameworks) == 0 {
		r.Frameworks = []string{defaultFramework}
	}
	var chosen []*compliance.Framework
	for _, id := range r.Frameworks {
		f, ok := catalog.Lookup(id)
		if !ok {
			return nil, fault.Field("framework", "%q is none of %s", id, strings.Join(names(catalog), ", "))
		}
		chosen = append(chosen, f)
	}
	o := scan.Options{
		Regions: r.Regions, Services: r.Services, Rules: set, Catalog: catalog, Frameworks: chosen, Progress: r.Progress, Now: time.Now,
		Shapes: shapes.Load(),
	}
	if r.Against != nil {
		if o.Against, err = scan.ReadSnapshot(r.Against); err != nil {
			return nil, err
		}
	}
	account, err := awscloud.Open(ctx, awscloud.Options{
		Credentials: awscloud.Credentials{Method: audit.AuthDefault}, HomeRegion: os.Getenv("AWS_REGION"), Version: r.Version, Limits: limits,
	})
	if err != nil {
		return nil, err
	}
	o.Account, o.AccountID = account, account.ID()
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

// Builtin loads the rules and frameworks that come with the program. Tests hold them to be without problems.
func Builtin() (*rule.Set, *compliance.Catalog, error) {
	set, problems, err := rule.Load(rules.FS, shapes.Load())
	if err != nil {
		return nil, nil, err
	}
	folder, err := fs.Sub(rules.FS, ".")
	if err != nil {
		return nil, nil, err
	}
	catalog, more, err := compliance.Load(folder, "frameworks", set)
	if err != nil {
		return nil, nil, err
	}
	if problems = append(problems, more...); len(problems) > 0 {
		all := make([]error, 0, len(problems))
		for _, p := range problems {
			all = append(all, p)
		}
		return nil, nil, fmt.Errorf("the program's own rules: %w", errors.Join(all...))
	}
	return set, catalog, nil
}

func names(c *compliance.Catalog) []string {
	var out []string
	for _, f := range c.All() {
		out = append(out, f.ID)
	}
	return out
}
