package secret_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/infraudit/infraudit/internal/secret"
	"github.com/infraudit/infraudit/internal/secret/secrettest"
)

func TestConformance(t *testing.T) {
	secrettest.Run(t, func(t *testing.T) secrettest.Installation {
		path := filepath.Join(t.TempDir(), "data", "keys.json")
		return secrettest.Installation{
			Open: func() (*secret.Keys, error) { return secret.LocalKeyFile(path) },
			Rotate: func() error {
				content, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				if content, err = secret.RotateKeyFile(content); err != nil {
					return err
				}
				return os.WriteFile(path, content, 0o600)
			},
		}
	})
}
