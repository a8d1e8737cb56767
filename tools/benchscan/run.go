package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/infraudit/infraudit/tools/benchscan/replay"
)

// bench is the recording being played, and what runs against it.
type bench struct {
	options
	server *listening
}

func newBench(ctx context.Context, o options, tape *replay.Tape) (*bench, error) {
	s, err := serve(ctx, replay.NewServer(tape))
	return &bench{o, s}, err
}

func (b *bench) close() { b.server.close() }

// runScan scans and writes the result as JSON. 1 and 2 are statuses of a scan that found something, or could not read all.
func (o *options) runScan(ctx context.Context, s *listening, out io.Writer) (taken, error) {
	return spend(ctx, s, out, nil, o.scan, "scan", "aws", "--framework", framework, "--region", region, "-o", "json")
}

// runProwler runs Prowler into a folder of its own, under the home of the recording. 3 is its status where a check fails.
func (o *options) runProwler(ctx context.Context, s *listening, name string) (taken, error) {
	dir := filepath.Join(o.home, "prowler-"+name)
	if err := os.RemoveAll(dir); err != nil {
		return taken{}, err
	}
	return spend(ctx, s, io.Discard, []int{3}, o.prowler, "aws", "--region", region, "--compliance", "cis_7.0_aws",
		"--output-directory", dir, "--output-filename", "out", "--output-formats", "csv", "--no-banner", "--no-color")
}

// delays are how long each answer waits.
var delays = []time.Duration{0, 50 * time.Millisecond}

// goal is a number to reach.
type goal struct {
	what    string
	is      float64
	atMost  float64 // 0 where there is none
	atLeast float64
}

func (g goal) String() string {
	met, want := g.is >= g.atLeast, fmt.Sprintf("at least %g", g.atLeast)
	if g.atMost > 0 {
		met, want = g.is <= g.atMost, fmt.Sprintf("at most %g", g.atMost)
	}
	return fmt.Sprintf("%-58s %8.2f   %-14s %s", g.what, g.is, want, map[bool]string{true: "met", false: "MISSED"}[met])
}

// measure runs all and prints what they took.
func (b *bench) measure(ctx context.Context) error {
	var goals []goal
	fmt.Printf("%-8s %-18s %9s %9s %10s %10s %9s\n", "latency", "program", "wall s", "CPU s", "peak MiB", "anon MiB", "requests")
	for _, delay := range delays {
		b.server.delay = delay
		scan, err := b.medianOf(ctx, func() (taken, error) { return b.runScan(ctx, b.server, io.Discard) })
		if err != nil {
			return err
		}
		if err := missed("scan", scan); err != nil {
			return err
		}
		print(delay, "infraudit scan", scan)
		bare, err := b.medianOf(ctx, func() (taken, error) {
			return spend(ctx, b.server, io.Discard, nil, b.bare, b.callsFile())
		})
		if err != nil {
			return err
		}
		print(delay, "bare SDK program", bare)
		if err := sameCalls(scan.count, bare.count); err != nil {
			return err
		}
		goals = append(goals, goal{what: fmt.Sprintf("wall, scan / bare at %v", delay), is: ratio(scan.Wall, bare.Wall), atMost: 1.3})
		if delay == 0 {
			goals = append(goals, goal{what: "anonymous memory of the scan, MiB", is: mib(scan.Anon), atMost: 96})
		}
		if b.noPeer {
			continue
		}
		peer, err := b.runProwler(ctx, b.server, delay.String())
		if err != nil {
			return err
		}
		print(delay, "Prowler", peer)
		if err := missed("Prowler", peer); err != nil {
			return err
		}
		goals = append(goals,
			goal{what: fmt.Sprintf("wall, Prowler / scan at %v", delay), is: ratio(peer.Wall, scan.Wall), atLeast: 20},
			goal{what: fmt.Sprintf("CPU, Prowler / scan at %v", delay), is: ratio(peer.CPU, scan.CPU), atLeast: 30},
			goal{what: fmt.Sprintf("peak memory, Prowler / scan at %v", delay), is: ratio(peer.Peak, scan.Peak), atLeast: 8},
			goal{what: fmt.Sprintf("requests, scan / Prowler at %v", delay), is: ratio(scan.Requests, peer.Requests), atMost: 1})
	}
	first, err := b.startUp(ctx)
	if err != nil {
		return err
	}
	goals = append(goals, goal{what: "from the start of scan to its first request, ms, median of 10", is: first.Seconds() * 1000, atMost: 150})
	fmt.Println()
	for _, g := range goals {
		fmt.Println(g)
	}
	return nil
}

func (b *bench) medianOf(ctx context.Context, do func() (taken, error)) (taken, error) {
	var all []taken
	for range max(1, b.runs) {
		t, err := do()
		if err != nil {
			return t, err
		}
		all = append(all, t)
	}
	return median(all), ctx.Err()
}

// startUp is how long scan takes until it asks something.
func (b *bench) startUp(ctx context.Context) (time.Duration, error) {
	b.server.delay = 0
	var all []taken
	for range 10 {
		t, err := b.runScan(ctx, b.server, io.Discard)
		if err != nil {
			return 0, err
		}
		all = append(all, t)
	}
	return median(all).First, nil
}

// missed fails where something was asked that no recording has.
func missed(who string, t taken) error {
	keys := slices.Sorted(maps.Keys(t.count.Missed))
	if len(keys) == 0 {
		return nil
	}
	return fmt.Errorf("%s asked %d things that were not recorded, such as %q: record again (-record)", who, len(keys), keys[0])
}

// sameCalls fails where the bare program made other calls than the scan.
func sameCalls(scan, bare replay.Count) error {
	for _, op := range scan.Operations() {
		if scan.Calls[op] != bare.Calls[op] {
			return fmt.Errorf("the scan called %s %d times, the bare program %d times: record again (-record)", op, scan.Calls[op], bare.Calls[op])
		}
	}
	if scan.Requests != bare.Requests {
		return fmt.Errorf("the scan made %d requests, the bare program %d: record again (-record)", scan.Requests, bare.Requests)
	}
	return nil
}

func print(delay time.Duration, name string, t taken) {
	fmt.Printf("%-8v %-18s %9.2f %9.2f %10.0f %10.0f %9d\n", delay, name, t.Wall.Seconds(), t.CPU.Seconds(), mib(t.Peak), mib(t.Anon), t.Requests)
}

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }

func ratio[N int | int64 | time.Duration](a, b N) float64 { return float64(a) / float64(max(1, b)) }
