package main

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"testing"

	"github.com/infraudit/infraudit/internal/cli"
	"github.com/infraudit/infraudit/internal/wire/builtin"
)

// initialised matches what GODEBUG=inittrace=1 says of a package of ours, up to the bytes that it allocated.
var initialised = regexp.MustCompile(`(?m)^init github\.com/infraudit/infraudit/\S+ @.* clock, (\d+) bytes`)

// A command that only says something loads no rules and makes no clients, neither when it runs nor before: the time that it takes
// is what the SDK's packages need to initialise. Bytes are compared, since times depend on the machine.
func TestCommandsThatOnlySaySomethingLoadNothing(t *testing.T) {
	rules := allocated(func() {
		if _, _, err := builtin.Load(); err != nil {
			t.Error(err)
		}
	})
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "version")
	cmd.Env = append(os.Environ(), "INFRAUDIT_TEST_MAIN=1", "GODEBUG=inittrace=1")
	var trace bytes.Buffer
	cmd.Stderr = &trace
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	var before uint64
	for _, m := range initialised.FindAllSubmatch(trace.Bytes(), -1) {
		n, err := strconv.ParseUint(string(m[1]), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		before += n
	}
	if before == 0 {
		t.Errorf("no package says what it allocated: %s", &trace)
	}
	out := os.Stdout
	defer func() { os.Stdout = out }()
	if os.Stdout, err = os.OpenFile(os.DevNull, os.O_WRONLY, 0); err != nil {
		t.Fatal(err)
	}
	defer os.Stdout.Close()
	for _, arg := range []string{"version", "--help"} {
		run := allocated(func() {
			if status := cli.Main([]string{arg}, cli.Deps{Version: version(), Serve: serve, Scan: audit}); status != 0 {
				t.Errorf("%s: exit status %d", arg, status)
			}
		})
		t.Logf("%s allocates %d bytes, our packages before it %d, and the rules %d", arg, run, before, rules)
		if 5*(before+run) > rules {
			t.Errorf("%s allocates %d bytes, and our packages before it %d; the rules take %d", arg, run, before, rules)
		}
	}
}

// allocated returns how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
