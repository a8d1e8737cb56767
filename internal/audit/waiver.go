package audit

import (
	"slices"
	"strings"
	"time"
)

// Waiver says that failures are accepted, for a reason and a time. It covers what matches all that it names: a rule, a
// resource, a tag.
type Waiver struct {
	ID         string `json:"id"`
	TeamID     string `json:"-"`
	RuleID     string `json:"rule_id,omitempty"`
	ResourceID string `json:"resource_id,omitempty"`
	// Tag is "key" or "key=value", of the resource.
	Tag       string    `json:"tag,omitempty"`
	Reason    string    `json:"reason"`
	Author    string    `json:"author"`
	CreatedAt time.Time `json:"created_at"`
	// ExpiresAt is when it ends: from then on what it covered is open again.
	ExpiresAt time.Time `json:"expires_at"`
	// ChangedAt is when its reason or its end was last changed, and by whom.
	ChangedAt *time.Time `json:"changed_at,omitempty"`
	ChangedBy string     `json:"changed_by,omitempty"`
	Version   int64      `json:"-"`
}

// Change gives it another reason, another end, or both; nil leaves one as it is.
func (w *Waiver) Change(reason *string, expiresAt *time.Time, by string, at time.Time) {
	if reason != nil {
		w.Reason = *reason
	}
	if expiresAt != nil {
		w.ExpiresAt = *expiresAt
	}
	w.ChangedAt, w.ChangedBy = &at, by
}

// Bounds of a waiver.
const (
	MaxReasonLen  = 1024
	MaxTagLen     = 512
	MaxWaiverLife = 2 * 366 * 24 * time.Hour // nothing is accepted for ever
)

// Validate reports every field that is missing or malformed.
func (w *Waiver) Validate() error {
	var ps problems
	ps.id("id", w.ID, PrefixWaiver)
	ps.id("team_id", w.TeamID, PrefixTeam)
	if w.RuleID == "" && w.ResourceID == "" && w.Tag == "" {
		ps.addf("rule_id", "a waiver names a rule, a resource or a tag")
	}
	if w.ResourceID != "" {
		if _, ok := ParseResourceID(w.ResourceID); !ok {
			ps.addf("resource_id", "must be a resource id")
		}
	}
	if key, _, _ := strings.Cut(w.Tag, "="); w.Tag != "" && (key == "" || len(w.Tag) > MaxTagLen) {
		ps.addf("tag", "must be key or key=value, of at most %d bytes", MaxTagLen)
	}
	if strings.TrimSpace(w.Reason) == "" {
		ps.addf("reason", "is required")
	}
	if len(w.Reason) > MaxReasonLen {
		ps.addf("reason", "must be at most %d bytes", MaxReasonLen)
	}
	ps.require("author", w.Author)
	from := w.CreatedAt // when somebody said when it ends
	if w.ChangedAt != nil {
		from = *w.ChangedAt
	}
	switch {
	case w.ExpiresAt.IsZero():
		ps.addf("expires_at", "is required")
	case !w.ExpiresAt.After(from):
		ps.addf("expires_at", "must be in the future")
	case w.ExpiresAt.After(from.Add(MaxWaiverLife)):
		ps.addf("expires_at", "must be within two years")
	}
	return ps.err()
}

// Active tells whether the waiver holds at a time.
func (w *Waiver) Active(at time.Time) bool { return at.Before(w.ExpiresAt) }

// Covers tells whether the waiver names this rule on this resource.
func (w *Waiver) Covers(ruleID, resourceID string, tags map[string]string) bool {
	if w.RuleID != "" && w.RuleID != ruleID || w.ResourceID != "" && w.ResourceID != resourceID {
		return false
	}
	if w.Tag == "" {
		return w.RuleID != "" || w.ResourceID != ""
	}
	key, value, exact := strings.Cut(w.Tag, "=")
	has, ok := tags[key]
	return ok && (!exact || has == value)
}

// FrameworkSetting says whether a team is assessed by a framework, and for which providers.
type FrameworkSetting struct {
	FrameworkID string `json:"framework_id"`
	Enabled     bool   `json:"enabled"`
	// ProviderIDs are those that it is for; none means all.
	ProviderIDs []string   `json:"provider_ids"`
	By          string     `json:"by,omitempty"`
	ChangedAt   *time.Time `json:"changed_at,omitempty"`
}

// For tells whether a provider is to be assessed by the framework.
func (s *FrameworkSetting) For(providerID string) bool {
	if !s.Enabled {
		return false
	}
	return len(s.ProviderIDs) == 0 || slices.Contains(s.ProviderIDs, providerID)
}

// DefaultFramework is enabled for a team that has not said otherwise: the newest CIS benchmark.
const DefaultFramework = "cis-aws-7.0"
