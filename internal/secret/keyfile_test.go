package secret

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

const team, provider = "team_1", "prv_1"

func newKeys(t *testing.T) (*Keys, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "data", "keys.json")
	keys, err := LocalKeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return keys, path
}

func seal(t *testing.T, s Sealer, plaintext string, associated ...string) []byte {
	t.Helper()
	sealed, err := s.Seal(t.Context(), []byte(plaintext), associated...)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestAKeyFileIsMadeForItsOwnerAlone(t *testing.T) {
	_, path := newKeys(t)
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %o, want %o", name, info.Mode().Perm(), want)
		}
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v, %v; want the key file alone", entries, err)
	}
}

func TestWhatWasSealedOpensAfterARestart(t *testing.T) {
	keys, path := newKeys(t)
	sealed := seal(t, keys, "credentials", team, provider)
	if bytes.Contains(sealed, []byte("credentials")) {
		t.Error("the sealed value holds the plaintext")
	}
	again, err := LocalKeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := again.Open(t.Context(), sealed, team, provider)
	if err != nil || string(got) != "credentials" {
		t.Errorf("Open = %q, %v", got, err)
	}
	if a, b := keys.ExternalID(team, "123456789012"), again.ExternalID(team, "123456789012"); a != b {
		t.Errorf("the external id changed from %s to %s", a, b)
	}
}

func TestASealedValueOpensOnlyUnchangedAndInItsPlace(t *testing.T) {
	keys, _ := newKeys(t)
	other, _ := newKeys(t)
	sealed := seal(t, keys, "credentials", team, provider)
	for name, associated := range map[string][]string{
		"another team":              {"team_2", provider},
		"another provider":          {team, "prv_2"},
		"none":                      {},
		"the team alone":            {team},
		"one more part":             {team, provider, ""},
		"parts swapped":             {provider, team},
		"parts joined":              {team + provider},
		"parts that join the same":  {team + "p", "rv_1"},
		"parts with an empty third": {"", team, provider},
	} {
		if _, err := keys.Open(t.Context(), sealed, associated...); !errors.Is(err, ErrOpen) {
			t.Errorf("opened with %s: %v, want ErrOpen", name, err)
		}
	}
	if _, err := other.Open(t.Context(), sealed, team, provider); !errors.Is(err, ErrOpen) {
		t.Errorf("opened by another installation: %v, want ErrOpen", err)
	}
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		if _, err := keys.Open(t.Context(), bad, team, provider); !errors.Is(err, ErrOpen) {
			t.Errorf("opened with byte %d changed: %v, want ErrOpen", i, err)
		}
		if _, err := keys.Open(t.Context(), sealed[:i], team, provider); !errors.Is(err, ErrOpen) {
			t.Errorf("opened cut to %d bytes: %v, want ErrOpen", i, err)
		}
	}
}

func TestARotatedKeyFileOpensWhatTheOldKeySealed(t *testing.T) {
	manager := keyset.NewManager()
	installation := bytes.Repeat([]byte{7}, KeySize)
	add := func() *Keys {
		id, err := manager.Add(aead.AES256GCMKeyTemplate())
		if err != nil {
			t.Fatal(err)
		}
		if err := manager.SetPrimary(id); err != nil {
			t.Fatal(err)
		}
		handle, err := manager.Handle()
		if err != nil {
			t.Fatal(err)
		}
		content, err := encodeKeyFile(installation, handle)
		if err != nil {
			t.Fatal(err)
		}
		keys, err := parseKeyFile(content)
		if err != nil {
			t.Fatal(err)
		}
		return keys
	}
	before := add()
	sealed := seal(t, before, "old", team)
	after := add()
	if got, err := after.Open(t.Context(), sealed, team); err != nil || string(got) != "old" {
		t.Errorf("the rotated file opens %q, %v", got, err)
	}
	if _, err := before.Open(t.Context(), seal(t, after, "new", team), team); !errors.Is(err, ErrOpen) {
		t.Errorf("the old file opens what the new key sealed: %v", err)
	}
	if before.ExternalID(team, "1") != after.ExternalID(team, "1") {
		t.Error("rotation changed the external id")
	}
}

func TestAKeyFileThatOthersCanReachIsRefused(t *testing.T) {
	for _, test := range []struct {
		name     string
		file     os.FileMode
		dir      os.FileMode
		accepted bool
	}{
		{"readable by its group", 0o640, 0o700, false},
		{"readable by all", 0o604, 0o700, false},
		{"in a folder that its group can write to", 0o600, 0o770, false},
		{"in a folder that all can write to", 0o600, 0o777, false},
		{"read-only for its owner", 0o400, 0o700, true},
		{"in a folder that all can read", 0o600, 0o755, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, path := newKeys(t)
			if err := errors.Join(os.Chmod(path, test.file), os.Chmod(filepath.Dir(path), test.dir)); err != nil {
				t.Fatal(err)
			}
			_, err := LocalKeyFile(path)
			if test.accepted != (err == nil) {
				t.Fatalf("LocalKeyFile: %v", err)
			}
			if err != nil && !strings.Contains(err.Error(), "run chmod 0") {
				t.Errorf("the error doesn't say what to do: %v", err)
			}
		})
	}
}

func TestAFileThatIsNoKeyFileIsRefusedWithoutQuotingIt(t *testing.T) {
	good, err := newKeyFile()
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"empty":                "",
		"not JSON":             "s3cr3t",
		"a string":             `"s3cr3t"`,
		"another version":      strings.Replace(string(good), `"version": 1`, `"version": 2`, 1),
		"a short key":          `{"version":1,"installation":"czNjcjN0"}`,
		"no keyset":            `{"version":1,"installation":"` + strings.Repeat("A", 43) + `="}`,
		"a keyset of no keys":  `{"version":1,"installation":"` + strings.Repeat("A", 43) + `=","sealing":{"key":[]}}`,
		"a keyset with s3cr3t": `{"version":1,"installation":"` + strings.Repeat("A", 43) + `=","sealing":{"key":["s3cr3t"]}}`,
		"too large":            strings.Repeat(" ", maxKeyFile) + string(good),
		"cut short":            string(good[:len(good)/2]),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "keys.json")
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := LocalKeyFile(path)
			if err == nil || strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("LocalKeyFile: %v", err)
			}
			left, readErr := os.ReadFile(path)
			if readErr != nil || string(left) != content {
				t.Errorf("the file was changed: %v", readErr)
			}
		})
	}
}

func TestProcessesThatStartAtOnceGetTheSameKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "keys.json")
	ids := make([]string, 8)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			keys, err := LocalKeyFile(path)
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = keys.ExternalID(team, "123456789012")
		})
	}
	wg.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Errorf("external ids %v differ", ids)
		}
	}
}

func TestAnExternalIDIsBoundToTeamAndAccount(t *testing.T) {
	inst, err := NewInstallation(bytes.Repeat([]byte{1}, KeySize))
	if err != nil {
		t.Fatal(err)
	}
	id := inst.ExternalID(team, "123456789012")
	if !regexp.MustCompile(`^infraudit-[a-z2-7]{32}$`).MatchString(id) {
		t.Errorf("external id %q", id)
	}
	// The value is pinned: changing how it is derived would lock every installation out of its accounts.
	if want := "infraudit-zrwxjaqxkhjkga3xwc6qsuuy3ps65qkz"; id != want {
		t.Errorf("external id %q, want %q", id, want)
	}
	for _, other := range []string{
		inst.ExternalID("team_2", "123456789012"), inst.ExternalID(team, "123456789013"),
		inst.ExternalID(team+"1", "23456789012"),
	} {
		if other == id {
			t.Errorf("two pairs have the external id %s", id)
		}
	}
	if bytes.Equal(inst.Key("a"), inst.Key("b")) || len(inst.Key("a")) != KeySize {
		t.Error("keys of different purposes are the same, or have another size")
	}
	if _, err := NewInstallation([]byte("short")); err == nil {
		t.Error("a short key was accepted")
	}
}

func TestKeysNeverPrint(t *testing.T) {
	key := []byte("0123456789abcdef0123456789abcdef")
	inst, err := NewInstallation(key)
	if err != nil {
		t.Fatal(err)
	}
	made, _ := newKeys(t)
	keys := Keys{Sealer: made.Sealer, Installation: inst}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if out := fmt.Sprintf(verb+verb+verb, inst, keys, &keys); strings.Contains(out, "0123") || strings.Contains(out, "30313233") {
			t.Errorf("%s: %s", verb, out)
		}
	}
}

func FuzzParseKeyFile(f *testing.F) {
	good, err := newKeyFile()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"version":1}`))
	f.Fuzz(func(_ *testing.T, content []byte) {
		_, _ = parseKeyFile(content) // no panic
	})
}
