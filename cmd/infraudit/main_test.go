package main

import (
	"context"
	"flag"
	"os"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/infraudit/infraudit/internal/demo"
)

var update = flag.Bool("update", false, "rewrite what scripts compare with")

// TestMain makes this binary infraudit when a script runs that, or a test asks for it.
func TestMain(m *testing.M) {
	if os.Getenv("INFRAUDIT_TEST_MAIN") != "" {
		main()
		return
	}
	testscript.Main(m, map[string]func(){"infraudit": main})
}

// playAccount has scans reach the demo account, as an endpoint of the environment.
func playAccount(env *testscript.Env) error {
	server, err := demo.New(time.Now)
	if err != nil {
		return err
	}
	endpoint, stop, err := server.Listen(context.Background())
	if err != nil {
		return err
	}
	env.Defer(func() {
		if err := stop(); err != nil {
			env.T().Log(err)
		}
	})
	env.Setenv("AWS_ENDPOINT_URL", endpoint)
	env.Setenv("AWS_REGION", "eu-central-1")
	env.Setenv("AWS_ACCESS_KEY_ID", "AKIADEMO")
	env.Setenv("AWS_SECRET_ACCESS_KEY", "demo")
	return nil
}

// TestScripts drives the whole product: serve and the commands that talk to it, as processes of their own.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata",
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("AWS_EC2_METADATA_DISABLED", "true")
			return playAccount(env)
		},
	})
}
