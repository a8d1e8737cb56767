// Package testtool finds the external programs that integration tests run against. `make tools` installs them into the
// folder that INFRAUDIT_TOOLS names, or into .tools beside the module's go.mod.
package testtool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// EnvDir is the environment variable that names another folder of tools.
const EnvDir = "INFRAUDIT_TOOLS"

// Path returns the path of a file in the folder of tools, such as Path("moto", "bin", "moto_server"). When there is
// none, the error says how to install it: a test must then fail, not skip.
func Path(elem ...string) (string, error) {
	dir, err := folder()
	if err != nil {
		return "", fmt.Errorf("find test tools: %w", err)
	}
	path := filepath.Join(append([]string{dir}, elem...)...)
	_, err = os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("there is no %s: run `make tools` first: %w", path, err)
	}
	if err != nil {
		return "", fmt.Errorf("find test tools: %w", err)
	}
	return path, nil
}

func folder() (string, error) {
	if dir := os.Getenv(EnvDir); dir != "" {
		return filepath.Abs(dir)
	}
	root, err := ModuleRoot()
	if err != nil {
		return "", err
	}
	return filepath.Join(root, ".tools"), nil
}

// ModuleRoot returns the nearest folder with a go.mod, from the working folder up: a test's is its package's.
func ModuleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no go.mod above the working folder")
		}
		dir = parent
	}
}
