// Command demorecord records the demo account: it fills a moto server (estate.py), lets the real collectors read it
// in both states, and writes what they were answered to internal/demo/estate/recorded. What moto can't play is
// written by hand beside it, in internal/demo/estate/written, and is answered from there while recording too.
//
//	python3 -m venv VENV && VENV/bin/pip install -r tools/demorecord/requirements.txt
//	go run ./tools/demorecord -python VENV/bin/python
//
// The same script and the same collectors record the same files.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/demo"
	"github.com/infraudit/infraudit/internal/demo/estate"
	"github.com/infraudit/infraudit/internal/inventory/awscloud"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
)

// now is what the recorded times are counted back from: account.py's NOW.
var now = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

func main() {
	python := flag.String("python", "python3", "a Python that has requirements.txt installed")
	out := flag.String("out", "internal/demo/estate", "the estate's directory")
	flag.Parse()
	if err := run(context.Background(), *python, *out); err != nil {
		fmt.Fprintln(os.Stderr, "demorecord:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, python, out string) (err error) {
	account, err := start(ctx, python, filepath.Join("tools", "demorecord", "estate.py"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, account.stop()) }()

	files := os.DirFS(out)
	first, err := record(ctx, files, account.endpoint, estate.WrittenBase)
	if err != nil {
		return fmt.Errorf("first state: %w", err)
	}
	if err := account.change(); err != nil {
		return err
	}
	second, err := record(ctx, files, account.endpoint, estate.WrittenBase, estate.WrittenSecond)
	if err != nil {
		return fmt.Errorf("second state: %w", err)
	}
	if err := first.save(out, estate.RecordedBase); err != nil {
		return err
	}
	return second.without(first).save(out, estate.RecordedSecond)
}

// moto is the running estate.py.
type moto struct {
	endpoint string
	in       io.WriteCloser
	out      *bufio.Scanner
	cmd      *exec.Cmd
}

func start(ctx context.Context, python, script string) (*moto, error) {
	cmd := exec.CommandContext(ctx, python, script)
	cmd.Env = append(os.Environ(), "PYTHONHASHSEED=0") // moto lists some things in the order of a set
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", script, err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", script, err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", script, err)
	}
	m := &moto{in: in, out: bufio.NewScanner(out), cmd: cmd}
	m.endpoint, err = m.line()
	return m, err
}

func (m *moto) line() (string, error) {
	if !m.out.Scan() {
		return "", errors.Join(errors.New("estate.py ended early"), m.out.Err())
	}
	return m.out.Text(), nil
}

func (m *moto) change() error {
	if _, err := io.WriteString(m.in, "\n"); err != nil {
		return fmt.Errorf("ask for the second state: %w", err)
	}
	answer, err := m.line()
	if err == nil && answer != "ok" {
		err = fmt.Errorf("estate.py says %q", answer)
	}
	return err
}

func (m *moto) stop() error {
	return errors.Join(m.in.Close(), m.cmd.Wait())
}

// record lets the collectors read everything and returns what they were answered by moto.
func record(ctx context.Context, files fs.FS, endpoint string, written ...estate.Layer) (*tape, error) {
	known, err := estate.Load(files, written...)
	if err != nil {
		return nil, err
	}
	t := newTape(known, endpoint)
	account, err := awscloud.Open(ctx, awsaccess.Options{
		Services: demo.Services(),
		Credentials: awsaccess.Credentials{
			Method: audit.AuthDemo, AccessKeyID: demo.AccessKeyID, SecretAccessKey: demo.SecretAccessKey,
		},
		HomeRegion: demo.HomeRegion, HTTPClient: t.client(), Endpoint: endpoint,
		Limits: awsaccess.Limits{Rate: 1e6, Burst: 1e6, Attempts: 1},
	})
	if err != nil {
		return nil, err
	}
	regions, err := account.Regions(ctx)
	if err != nil {
		return nil, err
	}
	seen := counter{}
	for _, region := range regions {
		for _, service := range account.Services(region) {
			for _, listing := range service.Listings {
				if err := listing.Collect(ctx, &seen); err != nil {
					slog.WarnContext(ctx, "not read whole", "region", region, "types", listing.Types, "error", err)
				}
			}
		}
	}
	slog.InfoContext(ctx, "recorded", "resources", seen.total(), "calls", account.Calls(), "answers", t.len())
	return t, t.err()
}
