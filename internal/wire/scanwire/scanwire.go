// Package scanwire wires a one-shot scan: credentials of the environment, the rules and frameworks that come with the
// program, and those of the user's folders.
package scanwire

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/compliance"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory/awscloud"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
	"github.com/infraudit/infraudit/internal/rule"
	"github.com/infraudit/infraudit/internal/scan"
	"github.com/infraudit/infraudit/internal/wire/builtin"
)

// Request asks for a scan of the AWS account that the SDK's default chain of credentials leads to.
type Request struct {
	Frameworks []string // ids; none means the newest CIS benchmark
	Regions    []string
	Services   []string
	// ResourceTypes are CloudFormation types to read besides those that InfraAudit knows.
	ResourceTypes []string
	// Rules are folders of rules and frameworks of the user's own.
	Rules []string
	// Refused is told of what is wrong in them, before anything is read; nil is fine. What is refused is left out.
	Refused  func([]rule.Problem)
	Progress func(scan.Progress)
	Version  string
	// Save, where there is one, gets a snapshot of all that is read; Against is an earlier one to compare with.
	Save    io.Writer
	Against io.Reader
}

// defaultFramework is the newest CIS benchmark.
const defaultFramework = "cis-aws-7.0"

// limits are of one scan that someone waits for: what a small account has of a service is asked at once. A service that
// throttles halves its own rate, and has no more bursts.
var limits = awsaccess.Limits{Rate: 100, Burst: 500, Parallel: 32}

// memoryLimit is what the process's memory is kept under where it can be, in bytes: what rules read of an account of 100,000
// resources takes some 100 MiB, and without a limit as much again is garbage before it is collected.
const memoryLimit = 160 << 20

// LimitMemory gives the process its soft memory limit, unless GOMEMLIMIT says otherwise. It is for main programs: it
// changes the whole process.
func LimitMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}

// AWS scans. The rules are loaded while AWS is asked whose credentials they are.
func AWS(ctx context.Context, r Request) (*scan.Report, error) {
	if err := shapes.CheckTypes(r.ResourceTypes); err != nil {
		return nil, err
	}
	opened := make(chan result, 1)
	go func() {
		account, err := awscloud.Open(ctx, awsaccess.Options{
			Credentials: awsaccess.Credentials{Method: audit.AuthDefault}, HomeRegion: os.Getenv("AWS_REGION"), Version: r.Version, Limits: limits,
			ResourceTypes: shapes.SortTypes(r.ResourceTypes),
		})
		opened <- result{account, err}
	}()
	o, refused, err := r.options()
	if err != nil {
		return nil, err
	}
	got := <-opened
	if got.err != nil {
		return nil, got.err
	}
	o.Account, o.AccountID = got.account, got.account.ID()
	report, err := r.run(ctx, o)
	if err != nil {
		return nil, err
	}
	report.Refused = refused
	return report, nil
}

// run scans, and saves a snapshot where one is wanted.
func (r *Request) run(ctx context.Context, o scan.Options) (*scan.Report, error) {
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
	if err := snapshot.Close(report.Coverage); err != nil {
		return nil, errors.Join(err, report.Close())
	}
	return report, nil
}

type result struct {
	account *awscloud.Account
	err     error
}

// options are all but the account, and what is wrong in the user's folders.
func (r *Request) options() (scan.Options, []rule.Problem, error) {
	o := scan.Options{Regions: r.Regions, Services: r.Services, Progress: r.Progress, Now: time.Now, Shapes: shapes.Load()}
	if len(r.ResourceTypes) > 0 {
		o.Besides = []string{awscloud.CloudControl}
	}
	var err error
	var refused []rule.Problem
	if o.Rules, o.Catalog, refused, err = Own(r.Rules); err != nil {
		return o, nil, err
	}
	if len(refused) > 0 && r.Refused != nil {
		r.Refused(refused)
	}
	ids := r.Frameworks
	if len(ids) == 0 {
		ids = []string{defaultFramework}
	}
	for _, id := range ids {
		f, ok := o.Catalog.Lookup(id)
		if !ok {
			return o, nil, fault.Field("framework", "%q is none of %s", id, strings.Join(names(o.Catalog), ", "))
		}
		o.Frameworks = append(o.Frameworks, f)
	}
	if f := o.Catalog.Uncited(o.Frameworks); f != nil {
		o.Frameworks = append(o.Frameworks, f)
	}
	if r.Against != nil {
		o.Against, err = scan.ReadSnapshot(r.Against)
	}
	return o, refused, err
}

// Own loads the rules and frameworks that come with the program and those of folders, or of single files. What is wrong in the
// folders is left out, and told; the error is for a folder that can't be read.
func Own(folders []string) (*rule.Set, *compliance.Catalog, []rule.Problem, error) {
	set, catalog, err := builtin.Load()
	if err != nil || len(folders) == 0 {
		return set, catalog, nil, err
	}
	read := make([]*compliance.Folder, 0, len(folders))
	for _, path := range folders {
		f, err := readFolder(path)
		if err != nil {
			return nil, nil, nil, fmt.Errorf("read rules: %w", err)
		}
		read = append(read, f)
	}
	set, catalog, problems := catalog.ExtendBy(read...)
	return set, catalog, problems, nil
}

func readFolder(path string) (*compliance.Folder, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	dir, root := path, "."
	if !info.IsDir() {
		dir, root = filepath.Split(path)
	}
	return compliance.ReadFolder(os.DirFS(cmp.Or(dir, ".")), root, func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) })
}

func names(c *compliance.Catalog) []string {
	var out []string
	for _, f := range c.All() {
		out = append(out, f.ID)
	}
	return out
}
