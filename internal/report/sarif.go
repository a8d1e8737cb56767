package report

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/rule"
)

// The parts of SARIF 2.1.0 that we write (OASIS, "Static Analysis Results Interchange Format Version 2.1.0").
type (
	sarifLog struct {
		Version string     `json:"version"`
		Schema  string     `json:"$schema"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool    sarifTool     `json:"tool"`
		Results []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID         string          `json:"id"`
		Short      sarifText       `json:"shortDescription"`
		Full       sarifText       `json:"fullDescription"`
		Help       sarifText       `json:"help"`
		HelpURI    string          `json:"helpUri,omitempty"`
		Config     sarifConfig     `json:"defaultConfiguration"`
		Properties sarifProperties `json:"properties"`
	}
	sarifConfig struct {
		Level string `json:"level"`
	}
	sarifProperties struct {
		Tags     []string `json:"tags,omitempty"`
		Severity string   `json:"security-severity,omitempty"` // as code scanning tools read it: 0.0 to 10.0
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID       string             `json:"ruleId"`
		Level        string             `json:"level"`
		Kind         string             `json:"kind"`
		Message      sarifText          `json:"message"`
		Locations    []sarifLocation    `json:"locations"`
		Fingerprints map[string]string  `json:"partialFingerprints"`
		Suppressions []sarifSuppression `json:"suppressions,omitempty"`
	}
	sarifSuppression struct {
		Kind string `json:"kind"`
	}
	sarifLocation struct {
		Physical sarifPhysical  `json:"physicalLocation"`
		Logical  []sarifLogical `json:"logicalLocations"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifLogical struct {
		Name string `json:"name,omitempty"`
		Full string `json:"fullyQualifiedName"`
		Kind string `json:"kind"`
	}
)

// SARIF writes the verdicts that aren't passed as a SARIF 2.1.0 log. Results that were not assessed have the kind "open", and
// a resource's place is its ARN.
func SARIF(w io.Writer, d *Document) error {
	run := sarifRun{
		Tool:    sarifTool{sarifDriver{Name: "InfraAudit", Version: d.Product, Rules: []sarifRule{}}},
		Results: []sarifResult{},
	}
	for _, r := range d.Rules {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRuleOf(r))
	}
	b, err := json.Marshal(sarifLog{
		Version: "2.1.0", Schema: "https://json.schemastore.org/sarif-2.1.0.json", Runs: []sarifRun{run},
	})
	if err != nil {
		return fmt.Errorf("write SARIF: %w", err)
	}
	const end = "]}]}" // of the results, the run, the runs and the log
	head, ok := bytes.CutSuffix(b, []byte(end))
	if !ok {
		return errors.New("write SARIF: the results are not its end")
	}
	out := bufio.NewWriter(w) // keeps its first error for Flush
	_, _ = out.Write(head)
	n := 0
	for f, err := range d.findings() {
		if err != nil {
			return err
		}
		b, err := json.Marshal(f.sarif())
		if err != nil {
			return fmt.Errorf("write SARIF: %w", err)
		}
		if n > 0 {
			_ = out.WriteByte(',')
		}
		n++
		_ = out.WriteByte('\n')
		if _, err := out.Write(b); err != nil {
			return err
		}
	}
	_, _ = out.WriteString("\n" + end + "\n")
	return out.Flush()
}

func (f *finding) sarif() sarifResult {
	place := f.ExternalID
	if place == "" {
		place = "aws/" + f.Account + "/" + f.Region + "/" + f.ResourceType
	}
	out := sarifResult{
		RuleID: f.RuleID, Level: sarifLevel(f.Severity), Kind: "fail", Message: sarifText{cmp.Or(f.Reason, f.RuleID)},
		Locations: []sarifLocation{{
			Physical: sarifPhysical{sarifArtifact{place}},
			Logical:  []sarifLogical{{Name: f.ResourceName, Full: place, Kind: "resource"}},
		}},
		Fingerprints: map[string]string{"infraudit/v1": audit.Digest(26, f.RuleID, f.Account, f.ExternalID, f.ResourceType, f.Region)},
	}
	switch f.Status {
	case audit.ControlNotAssessed:
		out.Kind, out.Level = "open", "none" // SARIF 3.27.10: the level of what is no failure
	case audit.ControlWaived:
		out.Suppressions = []sarifSuppression{{"external"}}
	}
	return out
}

func sarifRuleOf(r *rule.Rule) sarifRule {
	out := sarifRule{
		ID: r.ID, Short: sarifText{r.Title}, Full: sarifText{r.Risk}, Help: sarifText{r.Remediation},
		Config: sarifConfig{sarifLevel(r.Severity)}, Properties: sarifProperties{Tags: r.Categories, Severity: securitySeverity(r.Severity)},
	}
	if len(r.References) > 0 {
		out.HelpURI = r.References[0]
	}
	return out
}

func sarifLevel(s audit.Severity) string {
	switch s {
	case audit.SeverityCritical, audit.SeverityHigh:
		return "error"
	case audit.SeverityMedium:
		return "warning"
	}
	return "note"
}

func securitySeverity(s audit.Severity) string {
	switch s {
	case audit.SeverityCritical:
		return "9.5"
	case audit.SeverityHigh:
		return "8.0"
	case audit.SeverityMedium:
		return "5.5"
	}
	return "3.0"
}
