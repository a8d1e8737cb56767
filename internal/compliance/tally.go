package compliance

import (
	"encoding/json"

	"github.com/infraudit/infraudit/internal/audit"
)

// storedTally is a tally as it is handed from the task that judges an account to the one that assesses all.
type storedTally struct {
	ProviderID string                `json:"provider_id"`
	Account    string                `json:"account"`
	Rules      map[string]storedRule `json:"rules"`
}

type storedRule struct {
	Counts  audit.VerdictCounts `json:"counts"`
	Results []audit.RuleResult  `json:"results,omitempty"`
}

// MarshalJSON implements json.Marshaler.
func (t *Tally) MarshalJSON() ([]byte, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := storedTally{ProviderID: t.ProviderID, Account: t.Account, Rules: make(map[string]storedRule, len(t.byRule))}
	for id, of := range t.byRule {
		out.Rules[id] = storedRule{of.counts, of.results}
	}
	return json.Marshal(out)
}

// UnmarshalJSON implements json.Unmarshaler.
func (t *Tally) UnmarshalJSON(b []byte) error {
	var in storedTally
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ProviderID, t.Account, t.byRule = in.ProviderID, in.Account, make(map[string]*ruleTally, len(in.Rules))
	for id, of := range in.Rules {
		t.byRule[id] = &ruleTally{of.Counts, of.Results}
	}
	return nil
}

// Fit cuts the results of an assessment's controls so that, as JSON, the controls have at most limit bytes: as many of
// each control as fit, failures first. The counts stay true.
func Fit(a *audit.Assessment, limit int) error {
	most := 0
	for i := range a.Controls {
		most = max(most, len(a.Controls[i].Results))
	}
	for keep := most; ; keep /= 2 {
		for i := range a.Controls {
			c := &a.Controls[i]
			c.Results = c.Results[:min(len(c.Results), keep)]
		}
		b, err := json.Marshal(a.Controls)
		if err != nil || len(b) <= limit || keep == 0 {
			return err
		}
	}
}
