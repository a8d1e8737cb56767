package store_test

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"testing"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/store"
)

func (c control) own(t *testing.T) store.Own {
	t.Helper()
	own, err := c.Own(t.Context(), team)
	if err != nil {
		t.Fatal(err)
	}
	return own
}

func TestWhatChangedSinceItWasReadIsRefused(t *testing.T) {
	c := newControl(t)
	stale := c.own(t)
	if err := c.CreateOwnRule(t.Context(), team, stale, store.OwnRule{ID: "r-1"}); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"another rule":           c.CreateOwnRule(t.Context(), team, stale, store.OwnRule{ID: "r-2"}),
		"the same rule":          c.CreateOwnRule(t.Context(), team, stale, store.OwnRule{ID: "r-1"}),
		"a rule that is deleted": c.DeleteOwnRule(t.Context(), team, stale, "r-1"),
		"a framework":            c.PutOwnFramework(t.Context(), team, stale, store.OwnFramework{ID: "f"}, false),
	} {
		if !errors.Is(err, store.ErrOwnChanged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if own := c.own(t); own.Version != 1 || len(own.Rules) != 1 || len(own.Frameworks) != 0 {
		t.Errorf("%+v", own)
	}
	if err := c.CreateOwnRule(t.Context(), team, c.own(t), store.OwnRule{ID: "r-1"}); fault.From(err).StableCode() != "rule_exists" {
		t.Errorf("a rule that is there: %v", err)
	}
	if err := c.DeleteOwnRule(t.Context(), team, c.own(t), "r-3"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a rule that isn't there is deleted: %v", err)
	}
	if own, err := c.Own(t.Context(), "team_other"); err != nil || len(own.Rules) != 0 {
		t.Errorf("another team has %+v, %v", own, err)
	}
}

func TestAFrameworksTextIsKeptWhateverItsSizeAndGoesWithIt(t *testing.T) {
	c, blobs := newControl(t), newBlobs()
	c.Store = store.New(c.db, blobs, c.clock.Now)
	raw := make([]byte, 600<<10) // that can't be compressed to where it fits into an item
	_, _ = rand.Read(raw)        // it never fails
	for _, text := range []string{"short", base64.StdEncoding.EncodeToString(raw)} {
		own := c.own(t)
		if err := c.PutOwnFramework(t.Context(), team, own, store.OwnFramework{ID: "f", Text: text, By: "usr_1"}, len(own.Frameworks) > 0); err != nil {
			t.Fatal(err)
		}
		if got, err := c.OwnFramework(t.Context(), team, "f"); err != nil || got.Text != text || got.By != "usr_1" {
			t.Errorf("a text of %d bytes comes back as one of %d, %v", len(text), len(got.Text), err)
		}
	}
	if _, err := c.SetFramework(t.Context(), team, audit.FrameworkSetting{FrameworkID: "f", Enabled: true}); err != nil {
		t.Fatal(err)
	}
	if err := c.DeleteOwnFramework(t.Context(), team, c.own(t), "f"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.OwnFramework(t.Context(), team, "f"); !fault.Is(err, fault.NotFound) {
		t.Errorf("after it was deleted: %v", err)
	}
	if s, err := c.FrameworkSettings(t.Context(), team); err != nil || s["f"].Enabled {
		t.Errorf("after it was deleted it is enabled: %+v, %v", s["f"], err)
	}
	if n := blobs.count(); n != 0 {
		t.Errorf("%d blobs stay", n)
	}
}

func TestATeamHasABoundedNumberOfFrameworks(t *testing.T) {
	c := newControl(t)
	var err error
	for i := 0; err == nil && i < 60; i++ {
		err = c.PutOwnFramework(t.Context(), team, c.own(t), store.OwnFramework{ID: fmt.Sprint("f", i)}, false)
	}
	if n := len(c.own(t).Frameworks); n != 50 || fault.From(err).StableCode() != "too_many_frameworks" {
		t.Errorf("%d frameworks, then %v", n, err)
	}
}
