// Package secrettest is the conformance suite that every place of an installation's keys passes.
package secrettest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/infraudit/infraudit/internal/secret"
)

// Installation is a place of keys, empty at first.
type Installation struct {
	// Open starts a process: it reads the keys, and makes them when there are none.
	Open func() (*secret.Keys, error)
	// Rotate adds a sealing key, which seals from then on.
	Rotate func() error
	// Notices says that a process that runs learns of a rotation when it meets what the new key sealed.
	Notices bool
}

const team, provider, account = "team_1", "prv_1", "123456789012"

// Run runs the suite, each property in a subtest; install makes an installation that shares nothing with the others.
func Run(t *testing.T, install func(t *testing.T) Installation) {
	t.Helper()
	for _, test := range []struct {
		name string
		run  func(t *testing.T, in, other Installation)
	}{
		{"what was sealed opens after a restart", testRestart},
		{"a sealed value opens only unchanged and in its place", testPlace},
		{"another installation has other keys", testOther},
		{"rotated keys open what the old ones sealed", testRotate},
		{"processes that start at once get the same keys", testStartAtOnce},
		{"keys never print", testPrint},
		{"a cancelled context is an error of every call", testCancelled},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, install(t), install(t)) })
	}
}

func open(t *testing.T, in Installation) *secret.Keys {
	t.Helper()
	keys, err := in.Open()
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func seal(t *testing.T, s secret.Sealer, plaintext string, associated ...string) []byte {
	t.Helper()
	sealed, err := s.Seal(t.Context(), []byte(plaintext), associated...)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func opens(t *testing.T, s secret.Sealer, sealed []byte, want string, associated ...string) {
	t.Helper()
	if got, err := s.Open(t.Context(), sealed, associated...); err != nil || string(got) != want {
		t.Errorf("Open = %q, %v, want %q", got, err, want)
	}
}

func refused(t *testing.T, s secret.Sealer, sealed []byte, how string, associated ...string) {
	t.Helper()
	if _, err := s.Open(t.Context(), sealed, associated...); !errors.Is(err, secret.ErrOpen) {
		t.Errorf("opened %s: %v, want ErrOpen", how, err)
	}
}

func testRestart(t *testing.T, in, _ Installation) {
	keys := open(t, in)
	sealed := seal(t, keys, "credentials", team, provider)
	if bytes.Contains(sealed, []byte("credentials")) {
		t.Error("the sealed value holds the plaintext")
	}
	again := open(t, in)
	opens(t, again, sealed, "credentials", team, provider)
	if a, b := keys.ExternalID(team, account), again.ExternalID(team, account); a != b {
		t.Errorf("the external id changed from %s to %s", a, b)
	}
}

func testPlace(t *testing.T, in, _ Installation) {
	keys := open(t, in)
	sealed := seal(t, keys, "credentials", team, provider)
	for name, associated := range map[string][]string{
		"for another team":              {"team_2", provider},
		"for another provider":          {team, "prv_2"},
		"for nobody":                    {},
		"for the team alone":            {team},
		"with one more part":            {team, provider, ""},
		"with parts swapped":            {provider, team},
		"with parts joined":             {team + provider},
		"with parts that join the same": {team + "p", "rv_1"},
		"with an empty first part":      {"", team, provider},
	} {
		refused(t, keys, sealed, name, associated...)
	}
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		refused(t, keys, bad, fmt.Sprintf("with byte %d changed", i), team, provider)
		refused(t, keys, sealed[:i], fmt.Sprintf("cut to %d bytes", i), team, provider)
	}
}

func testOther(t *testing.T, in, other Installation) {
	keys, others := open(t, in), open(t, other)
	refused(t, others, seal(t, keys, "credentials", team), "by another installation", team)
	if keys.ExternalID(team, account) == others.ExternalID(team, account) {
		t.Error("two installations give the same external id")
	}
}

func testRotate(t *testing.T, in, _ Installation) {
	before := open(t, in)
	old := seal(t, before, "old", team)
	for range 2 {
		if err := in.Rotate(); err != nil {
			t.Fatal(err)
		}
	}
	after := open(t, in)
	opens(t, after, old, "old", team)
	renewed := seal(t, after, "new", team)
	if in.Notices {
		opens(t, before, renewed, "new", team)
	} else {
		refused(t, before, renewed, "by a process that started before", team)
	}
	opens(t, before, old, "old", team)
	if before.ExternalID(team, account) != after.ExternalID(team, account) {
		t.Error("rotation changed the external id")
	}
}

func testStartAtOnce(t *testing.T, in, _ Installation) {
	started := make([]*secret.Keys, 8)
	var wg sync.WaitGroup
	for i := range started {
		wg.Go(func() {
			keys, err := in.Open()
			if err != nil {
				t.Error(err)
				return
			}
			started[i] = keys
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	sealed := seal(t, started[0], "credentials", team)
	for _, keys := range started {
		opens(t, keys, sealed, "credentials", team)
		if got, want := keys.ExternalID(team, account), started[0].ExternalID(team, account); got != want {
			t.Errorf("external ids %s and %s", got, want)
		}
	}
}

func testPrint(t *testing.T, in, _ Installation) {
	inst, err := secret.NewInstallation([]byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	keys := secret.Keys{Sealer: open(t, in).Sealer, Installation: inst}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if out := fmt.Sprintf(verb+verb+verb, inst, keys, &keys); strings.Contains(out, "0123") || strings.Contains(out, "30313233") {
			t.Errorf("%s: %s", verb, out)
		}
	}
}

func testCancelled(t *testing.T, in, _ Installation) {
	keys := open(t, in)
	sealed := seal(t, keys, "x")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := keys.Seal(ctx, []byte("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("Seal = %v, want context.Canceled", err)
	}
	if _, err := keys.Open(ctx, sealed); !errors.Is(err, context.Canceled) {
		t.Errorf("Open = %v, want context.Canceled", err)
	}
}
