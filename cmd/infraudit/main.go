// Command infraudit is the product's command line, and with serve the whole product on one machine.
package main

import (
	"context"
	"os"
	"runtime/debug"

	"github.com/infraudit/infraudit/internal/cli"
	"github.com/infraudit/infraudit/internal/scan"
	"github.com/infraudit/infraudit/internal/wire/localwire"
	"github.com/infraudit/infraudit/internal/wire/scanwire"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], cli.Deps{Version: version(), Serve: serve, Scan: audit, TryRules: tryRules}))
}

func serve(ctx context.Context, o cli.ServeOptions) error {
	return localwire.Serve(ctx, localwire.ServeConfig{
		Addr: o.Addr, DataDir: o.DataDir, Demo: o.Demo, Program: os.Args[0], Version: version(),
		Principal: o.AWSPrincipal, WebhookAllow: o.WebhookAllow, Out: o.Out, Log: o.Log,
	})
}

// audit scans an account. AWS is the only provider yet.
func audit(ctx context.Context, r cli.ScanRequest) (*scan.Report, error) {
	scanwire.LimitMemory()
	return scanwire.AWS(ctx, scanwire.Request{
		Frameworks: r.Frameworks, Regions: r.Regions, Services: r.Services, ResourceTypes: r.ResourceTypes,
		Rules: r.Rules, Refused: r.Refused, Progress: r.Progress, Version: version(), Save: r.Save, Against: r.Against,
	})
}

func tryRules(paths []string) (cli.TriedRules, error) {
	set, catalog, problems, err := scanwire.Own(paths)
	if err != nil {
		return cli.TriedRules{}, err
	}
	out := cli.TriedRules{Problems: problems}
	for _, r := range set.Rules() {
		if r.Custom {
			out.Rules++
			out.Examples += len(r.Examples)
		}
	}
	for _, f := range catalog.All() {
		if f.Custom {
			out.Frameworks++
		}
	}
	return out, nil
}

// version is the module's, or that of the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
