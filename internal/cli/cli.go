// Package cli is the infraudit command: it parses, asks a server over HTTP and shows the answer. Only serve does more,
// and what it runs is passed in.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/infraudit/infraudit/internal/scan"
)

// ServeOptions are what serve was asked to do.
type ServeOptions struct {
	Addr    string // host:port
	DataDir string
	Demo    bool
	// AWSPrincipal is the ARN that customers' roles have to trust; empty means that of the server's own credentials.
	AWSPrincipal string
	// WebhookAllow are networks that webhooks may lead to although they aren't public, such as "127.0.0.0/8,10.1.0.0/16".
	WebhookAllow string
	Log          *slog.Logger
	Out          io.Writer // for people: where to go and what to try
}

// Deps are what the commands need of the program around them.
type Deps struct {
	// Serve runs API, jobs and UI in this process until its context ends.
	Serve func(context.Context, ServeOptions) error
	// Scan audits an account once.
	Scan func(context.Context, ScanRequest) (*scan.Report, error)
	// TryRules loads the rules and frameworks of folders, and tries the rules' examples.
	TryRules func(paths []string) (TriedRules, error)
	Version  string
}

// app is one run of the program.
type app struct {
	deps             Deps
	in               io.Reader
	out, err         io.Writer
	server, output   string // flags; empty when not given
	limit            int
	all              bool
	prompt, progress bool // stdin, stderr is a terminal
	colour           bool // stdout is a terminal that wants colours
}

// exit ends the program with a status that isn't 1. Its message, if any, was shown already.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// Exit statuses, beside 0. Source: product.md, "CLI".
const (
	exitError   = 1
	exitReached = 2 // --fail-on
)

// Main runs the command line args, which don't include the program's name, and returns the exit status.
func Main(args []string, deps Deps) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	a := &app{
		deps: deps, in: os.Stdin, out: os.Stdout, err: os.Stderr,
		prompt:   term.IsTerminal(int(os.Stdin.Fd())),
		progress: term.IsTerminal(int(os.Stderr.Fd())),
		colour:   term.IsTerminal(int(os.Stdout.Fd())) && os.Getenv("NO_COLOR") == "",
	}
	root := newRootCmd(a)
	root.SetArgs(args)
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	err := root.ExecuteContext(ctx)
	var status exit
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		return int(status)
	}
	fmt.Fprintln(a.err, "infraudit:", explain(err))
	return exitError
}

func newRootCmd(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "infraudit",
		Short: "Know what runs in your cloud accounts, and what changed",
		Long: `infraudit keeps an inventory of your cloud accounts, notices what changed in them, says who changed it, and
judges them by rules and compliance frameworks.

Start a server on this machine with "infraudit serve" (or "infraudit serve --demo" to look around without an
account); every other command talks to a server.

Settings come from flags, then the environment (INFRAUDIT_SERVER_URL, INFRAUDIT_TOKEN, INFRAUDIT_OUTPUT), then
~/.infraudit/config.yaml. The token of a server on this machine is found by itself.

Exit status: 0 success; 1 an error; 2 a --fail-on threshold was reached.`,
		Example: `  infraudit serve --demo
  infraudit provider list
  infraudit drift list --severity critical,high
  infraudit drift detect --wait --fail-on high
  infraudit compliance assess --wait
  infraudit scan aws`,
		SilenceUsage: true, SilenceErrors: true,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	f := root.PersistentFlags()
	f.StringVar(&a.server, "server", "", "server's URL (default "+defaultServer+")")
	f.StringVarP(&a.output, "output", "o", "", "output: table, json, yaml or csv (default table)")
	root.AddCommand(
		newScanCmd(a), newServeCmd(a), newVersionCmd(a), newConfigCmd(a), newStatusCmd(a), newAuthCmd(a), newProviderCmd(a),
		newResourceCmd(a), newBaselineCmd(a), newDriftCmd(a), newFindingCmd(a), newRuleCmd(a), newWaiverCmd(a), newComplianceCmd(a),
		newJobCmd(a), newExecutionCmd(a), newWebhookCmd(a),
	)
	return root
}

// group makes a command that only holds others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, args []string) error {
		return cmd.Help()
	}}
	cmd.AddCommand(commands...)
	return cmd
}

// leaf makes a command that does something. Its arguments are named in use: "get ID".
func leaf(use, short, example string, run func(ctx context.Context, args []string) error) *cobra.Command {
	names := strings.Fields(use)[1:]
	return &cobra.Command{
		Use: use, Short: short, Example: indent(example),
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) < len(names):
				return fmt.Errorf("%s is missing; usage: %s", names[len(args)], use)
			case len(args) > len(names):
				return fmt.Errorf("%q is one argument too many; usage: %s", args[len(names)], use)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return run(cmd.Context(), args) },
	}
}

func indent(example string) string {
	if example == "" {
		return ""
	}
	return "  " + strings.ReplaceAll(strings.TrimSpace(example), "\n", "\n  ")
}

// explain says what to do about an error that people often meet.
func explain(err error) string {
	msg := err.Error()
	if rest, ok := strings.CutPrefix(msg, "unknown command "); ok {
		return "unknown command " + rest + "; see infraudit --help"
	}
	return msg
}

func newVersionCmd(a *app) *cobra.Command {
	return leaf("version", "Print the program's version", "", func(context.Context, []string) error {
		_, err := fmt.Fprintln(a.out, "infraudit", a.deps.Version)
		return err
	})
}
