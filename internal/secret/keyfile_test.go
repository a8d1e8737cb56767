package secret

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const team = "team_1"

// newKeys makes a key file and returns its path.
func newKeys(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "data", "keys.json")
	if _, err := LocalKeyFile(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAKeyFileIsMadeForItsOwnerAlone(t *testing.T) {
	path := newKeys(t)
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
			path := newKeys(t)
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
	good, err := NewKeyFile()
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

func FuzzParseKeyFile(f *testing.F) {
	good, err := NewKeyFile()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"version":1}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		_, err := ParseKeyFile(content)
		rotated, rotateErr := RotateKeyFile(content)
		if err != nil || rotateErr != nil {
			return
		}
		if _, err := ParseKeyFile(rotated); err != nil {
			t.Errorf("rotated, it is no key file: %v", err)
		}
	})
}
