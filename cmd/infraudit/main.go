// Command infraudit is the product's command line, and with serve the whole product on one machine.
package main

import (
	"os"
	"runtime/debug"

	"github.com/infraudit/infraudit/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], cli.Deps{Version: version()}))
}

// version is the module's, or that of the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
