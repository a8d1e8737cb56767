package task_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/infraudit/infraudit/internal/store"
)

// A secret in a configuration is compared and never stored.
func TestASecretOfAConfigurationIsStoredAsADigest(t *testing.T) {
	s := newSpine(t, openBolt(t))
	const instance = "arn:aws:ec2:eu-west-1:123456789012:instance/i-1"
	put := func(data string) {
		s.cloud.put(instance, resource{service: "ec2", region: "eu-west-1", typ: "ec2_instance", name: "web", config: map[string]any{"UserData": data}})
		s.sync()
	}
	stored := func() string {
		t.Helper()
		c, err := s.store.Configuration(t.Context(), team, s.resource(instance).ID, "")
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(c.Config["UserData"])
	}
	put("password=hunter2")
	first := stored()
	put("password=hunter2")
	if got := s.drifts(); len(got) != 0 {
		t.Errorf("unchanged, it has drifts %+v", got)
	}
	put("password=hunter3")
	if first == stored() || !strings.HasPrefix(first, "sha256:") || !strings.HasPrefix(stored(), "sha256:") {
		t.Errorf("stored are %s and %s", first, stored())
	}
	if got := s.drifts(); len(got) != 1 || got[0].Path != "UserData" && got[0].Path != "/UserData" {
		t.Errorf("changed, it has drifts %+v", got)
	}
	sum, err := s.store.DriftSummary(t.Context(), team, store.DriftFilter{})
	if err != nil || sum.Total != 1 {
		t.Errorf("summary %+v, %v", sum, err)
	}
}
