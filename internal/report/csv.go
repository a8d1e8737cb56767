package report

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/csvsafe"
)

// CSV writes a line for each verdict that isn't passed, under each control that it counts for, and one for each control
// without such. No cell is taken for a formula.
func CSV(w io.Writer, d *Document) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{
		"framework", "control", "title", "control_status", "rule", "severity", "status", "account", "region", "resource_type", "resource",
		"reason", "resource_name", "waiver",
	}); err != nil {
		return err
	}
	for i := range d.Assessments {
		a := &d.Assessments[i]
		for k := range a.Controls {
			c := &a.Controls[k]
			n := 0
			for r, err := range d.resultsOf(a.Framework, c) {
				if err != nil {
					return err
				}
				n++
				if err := out.Write(csvRow(a, c, &r)); err != nil {
					return err
				}
			}
			if n > 0 {
				continue
			}
			if err := out.Write(csvRow(a, c, &audit.RuleResult{})); err != nil {
				return err
			}
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

func csvRow(a *audit.Assessment, c *audit.ControlResult, r *audit.RuleResult) []string {
	return csvsafe.Row([]string{
		a.Framework.ID, c.ID, c.Title, string(c.Status), r.RuleID, string(cmp.Or(r.Severity, c.Severity)), string(cmp.Or(r.Status, c.Status)),
		r.Account, r.Region, r.ResourceType, r.ExternalID, cmp.Or(r.Reason, c.Reason), r.ResourceName, r.Waiver,
	})
}
