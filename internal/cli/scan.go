package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/report"
	"github.com/infraudit/infraudit/internal/rule"
	"github.com/infraudit/infraudit/internal/scan"
)

// ScanRequest is what a scan was asked for.
type ScanRequest struct {
	Provider   audit.ProviderType
	Frameworks []string // ids; none means the provider's newest CIS benchmark
	Regions    []string
	Services   []string
	// ResourceTypes are CloudFormation types to read besides those that InfraAudit knows.
	ResourceTypes []string
	// Rules are folders of rules and frameworks of the user's own. Refused is told of what is wrong in them.
	Rules    []string
	Refused  func([]rule.Problem)
	Progress func(scan.Progress)
	Save     io.Writer // of a snapshot; nil for none
	Against  io.Reader // an earlier snapshot; nil for none
}

type scanOptions struct {
	ScanRequest
	save, against string
	file          string
	failOn        string
	failOnUnread  bool
}

// scanFormats are what a scan can be shown as.
var scanFormats = []string{"table", "json", "csv", "ocsf", "sarif", "html", "pdf"}

func newScanCmd(a *app) *cobra.Command {
	var o scanOptions
	cmd := leaf("aws", "Audit an AWS account", `
infraudit scan aws
infraudit scan aws --framework cis-aws-7.0 --region eu-west-1 --fail-on high
infraudit scan aws -o json --output-file audit.json
infraudit scan aws --rules ./audit-rules --framework our-baseline
infraudit scan aws -o pdf --output-file evidence.pdf
infraudit scan aws --save monday.snapshot
infraudit scan aws --against monday.snapshot --fail-on high`,
		func(ctx context.Context, _ []string) error {
			o.Provider = audit.ProviderAWS
			return a.scan(ctx, &o)
		})
	cmd.Long = `Audit the account that the environment's credentials belong to, once: collect, assess, print. No server is needed, and
nothing is kept but what --save asks for. The calls made are those of the read-only policy in infra/onboarding.

Every rule below --rules is judged: those that none of the frameworks cites, as the framework own-rules. A rule or framework
there that is broken is refused, said on stderr with its line and the reason, and the rest is judged.

Exit status: 0 below --fail-on; 2 at or above it, also when the scan is partial; 1 when nothing could be read, or, below
the threshold, when a part could not be for throttling, a time-out or expired credentials, or when a rule or framework of
--rules was refused. Refused reads alone don't
change the status, unless --fail-on-unread.`
	f := cmd.Flags()
	f.StringSliceVar(&o.Frameworks, "framework", nil, "framework to assess (repeatable; default the newest CIS benchmark)")
	f.StringSliceVar(&o.Regions, "region", nil, "region to read (repeatable; default all enabled)")
	f.StringSliceVar(&o.Services, "service", nil, "service to read, such as ec2 (repeatable; default all that the framework needs)")
	f.StringArrayVar(&o.Rules, "rules", nil, "folder, or file, with rules and frameworks of your own (repeatable)")
	resourceTypeFlag(cmd, &o.ResourceTypes)
	f.StringVar(&o.file, "output-file", "", "write the result to this file")
	f.StringVar(&o.save, "save", "", "write what is read to this file, to compare with later; secrets are digests in it")
	f.StringVar(&o.against, "against", "", "show what differs from such a file")
	f.StringVar(&o.failOn, "fail-on", "",
		"exit with 2 if a control fails at this severity or worse; with --against, if there is a change of it")
	f.BoolVar(&o.failOnUnread, "fail-on-unread", false, "exit with 2 if anything could not be read")
	return group("scan", "Audit an account once, without a server", cmd)
}

func (a *app) scan(ctx context.Context, o *scanOptions) (err error) {
	if a.deps.Scan == nil {
		return errors.New("this build can't scan")
	}
	if err := checkSeverity(o.failOn); err != nil {
		return err
	}
	format := firstOf(a.output, os.Getenv("INFRAUDIT_OUTPUT"), "table")
	if !slices.Contains(scanFormats, format) {
		return fmt.Errorf("--output: must be one of %s, not %q", strings.Join(scanFormats, ", "), format)
	}
	if a.progress {
		o.Progress = a.showScan
	}
	o.Refused = a.warnOf
	found, err := a.runScan(ctx, o)
	if a.progress {
		fmt.Fprint(a.err, "\r\x1b[K")
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, found.Close()) }()
	if err := a.writeScan(found, format, o.file); err != nil {
		return err
	}
	return scanStatus(found, o)
}

// runScan scans with the files that were asked for. The one to save is complete, or isn't there.
func (a *app) runScan(ctx context.Context, o *scanOptions) (found *scan.Report, err error) {
	if o.against != "" {
		f, err := os.Open(o.against)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		o.Against = f
	}
	if o.save == "" {
		return a.deps.Scan(ctx, o.ScanRequest)
	}
	f, err := os.CreateTemp(filepath.Dir(o.save), ".infraudit-*") // with mode 0600: it tells how things are set up
	if err != nil {
		return nil, err
	}
	o.Save = f
	found, err = a.deps.Scan(ctx, o.ScanRequest)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), o.save)
	}
	if err != nil {
		return nil, errors.Join(err, os.Remove(f.Name()))
	}
	return found, nil
}

// warnOf says what is refused of the user's own rules and frameworks.
func (a *app) warnOf(refused []rule.Problem) {
	for _, p := range refused {
		fmt.Fprintln(a.err, "refused:", clean(p.Error()))
	}
	a.note("%s in the rules of your own; what is refused is not judged, the rest is", count(len(refused), "fault"))
}

func (a *app) showScan(p scan.Progress) {
	fmt.Fprintf(a.err, "\r\x1b[K%d of %d listings, %d resources (%s %s)", p.Done, p.Listings, p.Resources, p.Region, clean(p.Service))
}

// writeScan writes to the file or to stdout. A file that can't be written whole is removed.
func (a *app) writeScan(r *scan.Report, format, file string) (err error) {
	if file == "" {
		return a.printScan(a.out, r, format)
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) // it tells what is unsafe
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			err = errors.Join(err, os.Remove(file))
		}
	}()
	return a.printScan(f, r, format)
}

func (a *app) printScan(w io.Writer, r *scan.Report, format string) error {
	switch format {
	case "json":
		return writeScanJSON(w, r)
	case "csv":
		return report.CSV(w, a.document(r))
	case "ocsf":
		return report.OCSF(w, a.document(r))
	case "sarif":
		return report.SARIF(w, a.document(r))
	case "html":
		return report.HTML(w, a.document(r))
	case "pdf":
		return report.PDF(w, a.document(r))
	}
	return a.summarize(w, r)
}

func (a *app) document(r *scan.Report) *report.Document {
	return &report.Document{
		Product: a.deps.Version, RunBy: "infraudit scan, with the credentials of its environment",
		Accounts: []report.Account{{ID: r.Account}}, Regions: r.Regions, StartedAt: r.StartedAt, EndedAt: r.EndedAt, Resources: r.Resources,
		Assessments: r.Assessments, RegionsGap: r.RegionsGap, Coverage: r.Coverage, Rules: r.Rules, Failures: r.Failures,
	}
}

// scanStatus is the exit status of a scan. Source: product.md, "CLI". What was refused was asked for and not judged, so a gate
// must not pass by it.
func scanStatus(r *scan.Report, o *scanOptions) error {
	worst := r.Worst()
	if r.Against != nil {
		worst = r.WorstChange()
	}
	reached := o.failOn != "" && worst.Rank() >= audit.Severity(o.failOn).Rank()
	switch {
	case reached, o.failOnUnread && r.Unread():
		return exit(exitReached)
	case !r.Read(), r.Cut(), len(r.Refused) > 0:
		return exit(exitError)
	}
	return nil
}
