//go:build integration

package webhook_test

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTheOtherReceiversOfTheDocument(t *testing.T) {
	for language, program := range map[string]string{"python": "python3", "js": "node"} {
		t.Run(program, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "receiver."+language)
			if err := os.WriteFile(file, example(t, language), 0o600); err != nil {
				t.Fatal(err)
			}
			tryReceiver(t, program, file)
		})
	}
}
