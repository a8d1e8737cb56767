package awswire_test

import (
	"log/slog"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/wire/awswire"
)

func TestTheEnvironmentIsChecked(t *testing.T) {
	good := map[string]string{
		"INFRAUDIT_TABLE_CONTROL": "c", "INFRAUDIT_TABLE_INVENTORY": "i", "INFRAUDIT_TABLE_FINDINGS": "f", "INFRAUDIT_TABLE_HISTORY": "h",
		"INFRAUDIT_BUCKET": "b", "INFRAUDIT_MAX_RECEIVES": "5",
	}
	for name, c := range map[string]struct {
		change map[string]string
		says   []string
	}{
		"what every function needs is enough": {nil, nil},
		"a level may be said":                 {map[string]string{"INFRAUDIT_LOG_LEVEL": "debug"}, nil},
		"everything that is missing is named": {map[string]string{"INFRAUDIT_TABLE_HISTORY": "", "INFRAUDIT_TABLE_CONTROL": ""}, []string{"INFRAUDIT_TABLE_HISTORY", "INFRAUDIT_TABLE_CONTROL"}},
		"a number of receives that is none":   {map[string]string{"INFRAUDIT_MAX_RECEIVES": "five"}, []string{`INFRAUDIT_MAX_RECEIVES is "five"`}},
		"no receives at all":                  {map[string]string{"INFRAUDIT_MAX_RECEIVES": "0"}, []string{"INFRAUDIT_MAX_RECEIVES"}},
		"a lease that is no duration":         {map[string]string{"INFRAUDIT_LEASE": "120"}, []string{`INFRAUDIT_LEASE is "120"`}},
		"a level that isn't there":            {map[string]string{"INFRAUDIT_LOG_LEVEL": "loud"}, []string{"INFRAUDIT_LOG_LEVEL"}},
	} {
		t.Run(name, func(t *testing.T) {
			env := maps.Clone(good)
			maps.Copy(env, c.change)
			got, err := awswire.FromEnv(func(name string) string { return env[name] }, "v1")
			if c.says == nil {
				want := awswire.Config{
					Tables: awswire.Tables{Control: "c", Inventory: "i", Findings: "f", History: "h"},
					Bucket: "b", MaxReceives: 5, Version: "v1",
				}
				if c.change["INFRAUDIT_LOG_LEVEL"] == "debug" {
					want.LogLevel = slog.LevelDebug
				}
				if diff := cmp.Diff(want, got); diff != "" || err != nil {
					t.Errorf("%v, -want +got:\n%s", err, diff)
				}
				return
			}
			for _, says := range c.says {
				if err == nil || !strings.Contains(err.Error(), says) {
					t.Errorf("failed with %v, want %s", err, says)
				}
			}
		})
	}
}
