// Command infraudit is the product's command line, and with serve the whole product on one machine.
package main

import (
	"context"
	"os"
	"runtime/debug"

	"github.com/infraudit/infraudit/internal/cli"
	"github.com/infraudit/infraudit/internal/wire/localwire"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], cli.Deps{Version: version(), Serve: serve}))
}

func serve(ctx context.Context, o cli.ServeOptions) error {
	return localwire.Serve(ctx, localwire.ServeConfig{
		Addr: o.Addr, DataDir: o.DataDir, Demo: o.Demo, Program: os.Args[0], Version: version(),
		Principal: o.AWSPrincipal, Out: o.Out, Log: o.Log,
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
