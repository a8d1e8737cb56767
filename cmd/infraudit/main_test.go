package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes this binary infraudit when a script runs that, or a test asks for it.
func TestMain(m *testing.M) {
	if os.Getenv("INFRAUDIT_TEST_MAIN") != "" {
		main()
		return
	}
	testscript.Main(m, map[string]func(){"infraudit": main})
}

// TestScripts drives the whole product: serve and the commands that talk to it, as processes of their own.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("AWS_EC2_METADATA_DISABLED", "true")
			return nil
		},
	})
}
