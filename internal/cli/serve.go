package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/spf13/cobra"
)

const defaultAddr = "127.0.0.1:8080"

func newServeCmd(a *app) *cobra.Command {
	var opts ServeOptions
	var format string
	cmd := leaf("serve", "Run the whole product on this machine", `
infraudit serve --demo
infraudit serve --addr 127.0.0.1:9000 --data-dir /var/lib/infraudit`,
		func(ctx context.Context, _ []string) error { return a.serve(ctx, opts, format) })
	cmd.Long = `Run API, jobs and storage in one process. Data stays in --data-dir across restarts. The first start writes an
admin's token to <data-dir>/token; commands on this machine find it by themselves. Logs go to stderr.

With --demo, an account that plays itself is connected, synced, changed and compared: no cloud account is needed.`
	f := cmd.Flags()
	f.StringVar(&opts.Addr, "addr", firstOf(os.Getenv("INFRAUDIT_ADDR"), defaultAddr), "address to listen on (INFRAUDIT_ADDR)")
	f.StringVar(&opts.DataDir, "data-dir", "", "where data is kept (INFRAUDIT_DATA_DIR; default ~/.infraudit/data)")
	f.StringVar(&opts.AWSPrincipal, "aws-principal", os.Getenv("INFRAUDIT_AWS_PRINCIPAL"),
		"ARN that role templates let in (INFRAUDIT_AWS_PRINCIPAL; default: the server's own identity)")
	f.StringVar(&opts.WebhookAllow, "webhook-allow", os.Getenv("INFRAUDIT_WEBHOOK_ALLOW"),
		"networks that webhooks may lead to although they aren't public, such as 10.1.0.0/16 (INFRAUDIT_WEBHOOK_ALLOW)")
	f.BoolVar(&opts.Demo, "demo", false, "connect the demo account")
	f.StringVar(&format, "log-format", "text", "text or json")
	return cmd
}

func (a *app) serve(ctx context.Context, opts ServeOptions, format string) error {
	if a.deps.Serve == nil {
		return errors.New("this build can't serve")
	}
	switch format {
	case "text":
		opts.Log = slog.New(slog.NewTextHandler(a.err, nil))
	case "json":
		opts.Log = slog.New(slog.NewJSONHandler(a.err, nil))
	default:
		return fmt.Errorf("--log-format: must be text or json, not %q", format)
	}
	if opts.DataDir == "" {
		dir, err := dataDir()
		if err != nil {
			return err
		}
		opts.DataDir = dir
	}
	opts.Out = a.out
	return a.deps.Serve(ctx, opts)
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
