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
	os.Exit(cli.Main(os.Args[1:], cli.Deps{Version: version(), Serve: serve, Scan: audit}))
}

func serve(ctx context.Context, o cli.ServeOptions) error {
	return localwire.Serve(ctx, localwire.ServeConfig{
		Addr: o.Addr, DataDir: o.DataDir, Demo: o.Demo, Program: os.Args[0], Version: version(),
		Principal: o.AWSPrincipal, Out: o.Out, Log: o.Log,
	})
}

// audit scans an account. AWS is the only provider yet.
func audit(ctx context.Context, r cli.ScanRequest) (*scan.Report, error) {
	return scanwire.AWS(ctx, scanwire.Request{
		Frameworks: r.Frameworks, Regions: r.Regions, Services: r.Services, Progress: r.Progress, Version: version(),
		Save: r.Save, Against: r.Against,
	})
}

// version is the module's, or that of the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
