package testtool_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infraudit/infraudit/internal/testtool"
)

func TestAToolIsFoundInTheNamedFolder(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(testtool.EnvDir, dir)
	want := filepath.Join(dir, "tool")
	if err := os.WriteFile(want, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := testtool.Path("tool"); got != want || err != nil {
		t.Errorf("Path = %q, %v, want %q", got, err, want)
	}
}

func TestAMissingToolSaysHowToInstallIt(t *testing.T) {
	for name, dir := range map[string]string{"in the named folder": t.TempDir(), "in the module's": ""} {
		t.Setenv(testtool.EnvDir, dir)
		_, err := testtool.Path("no-such-tool")
		if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "make tools") {
			t.Errorf("%s: Path: %v", name, err)
		}
	}
}
