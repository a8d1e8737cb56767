package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/table"
)

// FindingFilter narrows a list of findings. The zero value means every open finding of the team. Status, severity, rule
// and resource choose partitions; the other fields are compared with each finding read.
type FindingFilter struct {
	ProviderID   string
	ResourceID   string
	ResourceType string
	Region       string
	RuleID       string
	Severity     []audit.Severity      // none: all
	Status       []audit.FindingStatus // none: those that are open
	Since        time.Time             // detected at or after
}

func (f *FindingFilter) matches(d *audit.Finding) bool {
	return (f.ProviderID == "" || f.ProviderID == d.ProviderID) &&
		(f.ResourceID == "" || f.ResourceID == d.ResourceID) &&
		(f.ResourceType == "" || f.ResourceType == d.ResourceType) &&
		(f.Region == "" || f.Region == d.Region) &&
		(f.RuleID == "" || f.RuleID == d.RuleID) &&
		(len(f.Severity) == 0 || slices.Contains(f.Severity, d.Severity)) &&
		slices.Contains(f.statuses(), d.Status) && !d.DetectedAt.Before(f.Since)
}

func (f *FindingFilter) statuses() []audit.FindingStatus {
	if len(f.Status) == 0 {
		return []audit.FindingStatus{audit.FindingOpen}
	}
	return f.Status
}

// queries are the runs of items that the filter needs, in the list's order.
func (f *FindingFilter) queries(teamID string) []table.Query {
	if f.ResourceID != "" {
		key, ok := audit.ParseResourceID(f.ResourceID)
		if !ok {
			return nil // no resource has that id
		}
		return []table.Query{{Table: tableFindings, PK: slicePK(teamID, key.Slice), Prefix: findingPrefix(key)}}
	}
	var out []table.Query
	for _, status := range audit.FindingStatuses() {
		if !slices.Contains(f.statuses(), status) {
			continue
		}
		if f.RuleID != "" {
			out = append(out, table.Query{Table: tableFindings, Index: indexByRule, PK: rulePK(teamID, f.RuleID), Prefix: string(status)})
			continue
		}
		for _, severity := range audit.Severities() {
			if len(f.Severity) > 0 && !slices.Contains(f.Severity, severity) {
				continue
			}
			q := table.Query{Table: tableFindings, Index: indexByStatus, PK: findingsPK(teamID, status, severity), Reverse: true}
			if !f.Since.IsZero() {
				q.From, q.To = stamp(f.Since), "~"
			}
			out = append(out, q)
		}
	}
	return out
}

// findingPosition is where a list of findings goes on: which query, and its cursor.
type findingPosition struct {
	Query int    `json:"q,omitempty"`
	After string `json:"a,omitempty"`
}

// maxRuleID bounds ids of rules, in bytes.
const maxRuleID = 128

// Findings lists findings: open ones, then waived, then resolved ones, each worst first and then newest detected first;
// those of one rule by status and id, those of one resource by the key of their rule.
func (s *Store) Findings(ctx context.Context, teamID string, f FindingFilter, p Paging) (Page[audit.Finding], error) {
	var out Page[audit.Finding]
	pos := findingPosition{}
	name := query(teamID, "findings", string(encode(f)))
	if _, err := openCursor(name, p.Cursor, &pos); err != nil {
		return out, err
	}
	next, err := s.walkFindings(ctx, teamID, f, pos, p.limit(), maxExamined, func(d audit.Finding) {
		out.Items = append(out.Items, d)
	})
	if err != nil {
		return out, err
	}
	if next != nil {
		out.Next = sealCursor(name, next)
	}
	return out, s.findingsSeen(ctx, teamID, out.Items)
}

// walkFindings calls add for up to limit matching findings, reading at most budget, and returns where to go on, or nil at
// the end.
func (s *Store) walkFindings(ctx context.Context, teamID string, f FindingFilter, pos findingPosition, limit, budget int,
	add func(audit.Finding),
) (*findingPosition, error) {
	if len(f.RuleID) > maxRuleID || strings.ContainsRune(f.RuleID, 0) {
		return nil, nil // no rule has that id
	}
	queries := f.queries(teamID)
	for i := max(pos.Query, 0); i < len(queries); i++ {
		q := queries[i]
		q.After, pos.After = pos.After, ""
		for {
			if limit <= 0 || budget <= 0 {
				return &findingPosition{i, q.After}, nil
			}
			q.Limit = min(limit, budget)
			page, err := s.db.Query(ctx, q)
			if err != nil {
				return nil, dbFault(err, "list")
			}
			for _, it := range page.Items {
				d, err := decodeFinding(teamID, it)
				if err != nil {
					return nil, err
				}
				if f.matches(&d) {
					add(d)
					limit--
				}
			}
			budget -= len(page.Items)
			if q.After = page.Next; q.After == "" {
				break
			}
		}
	}
	return nil, nil
}

// FindingSummary counts findings.
type FindingSummary struct {
	Total      int            `json:"total"`
	BySeverity map[string]int `json:"by_severity"`
	ByStatus   map[string]int `json:"by_status"`
	ByType     map[string]int `json:"by_resource_type"`
	// Stale counts those that can't be judged at present.
	Stale int `json:"stale"`
	// Truncated says that there are more than were counted.
	Truncated bool `json:"truncated"`
}

// FindingSummary counts the findings that match.
func (s *Store) FindingSummary(ctx context.Context, teamID string, f FindingFilter) (FindingSummary, error) {
	sum := FindingSummary{BySeverity: map[string]int{}, ByStatus: map[string]int{}, ByType: map[string]int{}}
	next, err := s.walkFindings(ctx, teamID, f, findingPosition{}, maxSummarised, maxSummarised, func(d audit.Finding) {
		sum.Total++
		sum.BySeverity[string(d.Severity)]++
		sum.ByStatus[string(d.Status)]++
		sum.ByType[d.ResourceType]++
		if d.StaleSince != nil {
			sum.Stale++
		}
	})
	sum.Truncated = next != nil
	return sum, err
}
