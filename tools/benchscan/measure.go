package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/infraudit/infraudit/tools/benchscan/replay"
)

// taken is what a run of a program took.
type taken struct {
	Wall, CPU time.Duration // CPU of the process, user and system
	First     time.Duration // from the start of the process to its first request
	Peak      int64         // bytes of resident memory at their most
	Anon      int64         // of it anonymous, sampled every few milliseconds
	Requests  int
	count     replay.Count
}

// sampleEvery is how often a process's memory is looked at.
const sampleEvery = 5 * time.Millisecond

// environment is what programs run with: nothing of whoever runs this leads anywhere else. The proxy takes hosts that don't
// resolve, since S3 Control's clients put the account before the address; Go's don't use it for loopback addresses.
func environment(endpoint string) []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.TempDir(),
		"AWS_ENDPOINT_URL=" + endpoint, "HTTP_PROXY=" + endpoint, "http_proxy=" + endpoint,
		"AWS_ACCESS_KEY_ID=KEY", "AWS_SECRET_ACCESS_KEY=SECRET", "AWS_REGION=" + region, "AWS_DEFAULT_REGION=" + region,
		"AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull, "AWS_EC2_METADATA_DISABLED=true",
	}
}

// spend runs a program to its end and tells what it took. Statuses that are fine besides 0 are given.
func spend(ctx context.Context, s *listening, out io.Writer, fine []int, program string, args ...string) (taken, error) {
	s.again()
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = environment(s.url), out, &said
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return taken{}, fmt.Errorf("start %s: %w", program, err)
	}
	ended, sampled := make(chan struct{}), make(chan [2]int64, 1)
	go func() { sampled <- memory(cmd.Process.Pid, ended) }()
	err := cmd.Wait()
	t := taken{Wall: time.Since(start)}
	close(ended)
	peaks := <-sampled
	t.Peak, t.Anon = peaks[0], peaks[1]
	t.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	t.count = s.Count()
	t.Requests, t.First = t.count.Requests, t.count.First.Sub(start)
	var status *exec.ExitError
	if errors.As(err, &status) && slices.Contains(fine, status.ExitCode()) {
		err = nil
	}
	if err != nil {
		tail := said.Bytes()
		return t, fmt.Errorf("%s: %w\n%s", program, err, tail[max(0, len(tail)-2000):])
	}
	return t, nil
}

// memory follows a process until it has ended: its peak of resident memory, which the kernel keeps, and of the anonymous part
// (proc(5), status). The peak is not getrusage's, which a child inherits from its parent.
func memory(pid int, ended <-chan struct{}) (peaks [2]int64) {
	for tick := time.NewTicker(sampleEvery); ; {
		text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
		if err == nil {
			peaks[0] = max(peaks[0], field(text, "VmHWM:"))
			peaks[1] = max(peaks[1], field(text, "RssAnon:"))
		}
		select {
		case <-tick.C:
		case <-ended:
			tick.Stop()
			return peaks
		}
	}
}

// field reads a line such as "VmHWM:	  123 kB", in bytes.
func field(status []byte, name string) int64 {
	for line := range strings.Lines(string(status)) {
		rest, ok := strings.CutPrefix(line, name)
		if !ok {
			continue
		}
		kib, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
		if err == nil {
			return kib << 10
		}
	}
	return 0
}

// median returns the run in the middle for each number.
func median(runs []taken) taken {
	out := runs[len(runs)/2]
	out.Wall, out.CPU = middle(runs, func(t taken) time.Duration { return t.Wall }), middle(runs, func(t taken) time.Duration { return t.CPU })
	out.First = middle(runs, func(t taken) time.Duration { return t.First })
	out.Peak, out.Anon = middle(runs, func(t taken) int64 { return t.Peak }), middle(runs, func(t taken) int64 { return t.Anon })
	out.Requests = middle(runs, func(t taken) int { return t.Requests })
	return out
}

func middle[N int | int64 | time.Duration](runs []taken, of func(taken) N) N {
	var all []N
	for _, r := range runs {
		all = append(all, of(r))
	}
	slices.Sort(all)
	return all[len(all)/2]
}
