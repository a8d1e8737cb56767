// Command benchscan measures `infraudit scan aws` beside a bare SDK program that makes the same calls, and beside Prowler,
// all on the same account: a recording of moto's, played by a compiled server. It also compares the verdicts.
//
//	make bench-scan
//
// The recording is made where there is none, or where it is older than a week: many rules ask how old a thing is, and
// what is new in the account would grow old. It stays in ${INFRAUDIT_TOOLS}/benchscan.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

func main() {
	var o options
	flag.BoolVar(&o.record, "record", false, "record the account again")
	flag.BoolVar(&o.compare, "compare", false, "compare the verdicts alone; measure nothing")
	flag.BoolVar(&o.noPeer, "no-prowler", false, "measure without Prowler, and compare nothing")
	flag.IntVar(&o.runs, "runs", 5, "how often scan and the bare program run; the median counts")
	flag.StringVar(&o.serve, "serve", "", "only play the recording at this address, such as 127.0.0.1:9000")
	flag.DurationVar(&o.delay, "delay", 0, "with -serve: how long each answer waits")
	flag.StringVar(&o.update, "update-docs", "", "write the table of differences into this file, between its marks")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench-scan:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	if err := o.find(ctx); err != nil {
		return err
	}
	tape, err := o.recording(ctx)
	if err != nil {
		return err
	}
	if o.serve != "" {
		return serveOnly(ctx, tape, o.serve, o.delay)
	}
	if err := build(ctx, "./tools/benchscan/bare", o.bare); err != nil {
		return err
	}
	b, err := newBench(ctx, o, tape)
	if err != nil {
		return err
	}
	defer b.close()
	if !o.compare {
		if err := b.measure(ctx); err != nil {
			return err
		}
	}
	if o.noPeer {
		return nil
	}
	return b.differences(ctx)
}

// options are where things are, and what to do.
type options struct {
	record, compare, noPeer bool
	runs                    int
	serve, update           string
	delay                   time.Duration

	root    string // the module's folder
	home    string // of the recording and all else that is made
	scan    string // the programs
	bare    string
	moto    string
	prowler string
}

// find makes out where everything is, and says what is missing.
func (o *options) find(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return fmt.Errorf("go list: %w: run it in InfraAudit's module, with Go installed", err)
	}
	o.root = string(out[:max(0, len(out)-1)])
	tools := os.Getenv("INFRAUDIT_TOOLS")
	if tools == "" {
		tools = filepath.Join(o.root, ".tools")
	}
	o.home = filepath.Join(tools, "benchscan")
	o.scan, o.bare = filepath.Join(o.root, "bin", "infraudit"), filepath.Join(o.home, "bare")
	o.moto, o.prowler = filepath.Join(tools, "moto", "bin", "python"), filepath.Join(tools, "prowler", "bin", "prowler")
	err = os.MkdirAll(o.home, 0o755)
	if o.serve == "" {
		err = errors.Join(err, there(o.scan, "make build"))
	}
	if !o.noPeer && o.serve == "" {
		err = errors.Join(err, there(o.prowler, "tools/prowler/install.sh"))
	}
	return err
}

func there(path, made string) error {
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("%s is not there: run %s", path, made)
	}
	return nil
}

// build compiles a program of this module.
func build(ctx context.Context, pkg, to string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-tags", "grpcnotrace", "-ldflags", "-s -w", "-o", to, pkg)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("build %s: %w", pkg, err)
	}
	return nil
}
