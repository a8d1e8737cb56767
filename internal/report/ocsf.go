package report

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/rule"
)

// OCSF's numbers (OCSF 1.6, https://schema.ocsf.io/1.6.0/classes/compliance_finding).
const (
	ocsfVersion    = "1.6.0"
	ocsfCategory   = 2    // Findings
	ocsfClass      = 2003 // Compliance Finding
	ocsfCreate     = 1    // activity: the finding was made
	ocsfNew        = 1    // status of the finding
	ocsfSuppressed = 3
)

// ocsfEvent is a Compliance Finding, with the attributes that the schema requires or recommends and that we know.
type ocsfEvent struct {
	ActivityID   int              `json:"activity_id"`
	ActivityName string           `json:"activity_name"`
	CategoryUID  int              `json:"category_uid"`
	CategoryName string           `json:"category_name"`
	ClassUID     int              `json:"class_uid"`
	ClassName    string           `json:"class_name"`
	TypeUID      int              `json:"type_uid"`
	TypeName     string           `json:"type_name"`
	Time         int64            `json:"time"` // milliseconds since 1970
	SeverityID   int              `json:"severity_id"`
	Severity     string           `json:"severity"`
	StatusID     int              `json:"status_id"`
	Status       string           `json:"status"`
	Message      string           `json:"message"`
	Metadata     ocsfMetadata     `json:"metadata"`
	Cloud        ocsfCloud        `json:"cloud"`
	Compliance   ocsfCompliance   `json:"compliance"`
	FindingInfo  ocsfFindingInfo  `json:"finding_info"`
	Remediation  *ocsfRemediation `json:"remediation,omitempty"`
	Resources    []ocsfResource   `json:"resources"`
}

type ocsfMetadata struct {
	Version  string      `json:"version"`
	Profiles []string    `json:"profiles"`
	Product  ocsfProduct `json:"product"`
}

type ocsfProduct struct {
	Name       string `json:"name"`
	VendorName string `json:"vendor_name"`
	Version    string `json:"version,omitempty"`
}

type ocsfCloud struct {
	Provider string      `json:"provider"`
	Region   string      `json:"region,omitempty"`
	Account  ocsfAccount `json:"account"`
}

type ocsfAccount struct {
	UID    string `json:"uid"`
	TypeID int    `json:"type_id"` // 10 is an AWS account
	Type   string `json:"type"`
}

type ocsfCompliance struct {
	Control      string   `json:"control"`
	Requirements []string `json:"requirements"`
	Standards    []string `json:"standards"`
	StatusID     int      `json:"status_id"` // 1 pass, 2 warning, 3 fail, 0 unknown
	Status       string   `json:"status"`
	Details      []string `json:"status_details,omitempty"`
}

type ocsfFindingInfo struct {
	UID         string   `json:"uid"`
	Title       string   `json:"title"`
	Desc        string   `json:"desc,omitempty"`
	CreatedTime int64    `json:"created_time"`
	Types       []string `json:"types,omitempty"`
}

type ocsfRemediation struct {
	Desc       string   `json:"desc"`
	References []string `json:"references,omitempty"`
}

type ocsfResource struct {
	UID    string `json:"uid"`
	Name   string `json:"name,omitempty"`
	Type   string `json:"type"`
	Region string `json:"region,omitempty"`
}

// OCSF writes the verdicts that aren't passed as a JSON list of OCSF 1.6 Compliance Findings.
func OCSF(w io.Writer, d *Document) error {
	rules := d.rules()
	if _, err := io.WriteString(w, "["); err != nil {
		return err
	}
	first := true
	for f, err := range d.findings() {
		if err != nil {
			return err
		}
		b, err := json.Marshal(d.event(f, rules[f.RuleID]))
		if err != nil {
			return fmt.Errorf("encode a finding: %w", err)
		}
		if !first {
			b = append([]byte(","), b...)
		}
		first = false
		if _, err := w.Write(append([]byte("\n"), b...)); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, "\n]\n")
	return err
}

// event makes the Compliance Finding of a verdict, given its rule; nil where there is none any more.
func (d *Document) event(f *finding, r *rule.Rule) *ocsfEvent {
	e := &ocsfEvent{
		ActivityID: ocsfCreate, ActivityName: "Create", CategoryUID: ocsfCategory, CategoryName: "Findings",
		ClassUID: ocsfClass, ClassName: "Compliance Finding", TypeUID: ocsfClass*100 + ocsfCreate,
		TypeName: "Compliance Finding: Create", Time: d.EndedAt.UnixMilli(), Message: f.Reason, StatusID: ocsfNew, Status: "New",
		Metadata: ocsfMetadata{
			Version: ocsfVersion, Profiles: []string{"cloud"},
			Product: ocsfProduct{Name: "InfraAudit", VendorName: "InfraAudit", Version: d.Product},
		},
		Cloud:       ocsfCloud{Provider: "AWS", Region: f.Region, Account: ocsfAccount{UID: f.Account, TypeID: 10, Type: "AWS Account"}},
		Compliance:  f.ocsf(),
		FindingInfo: ocsfFindingInfo{UID: audit.Digest(26, f.RuleID, f.Account, f.ExternalID, f.ResourceType, f.Region), CreatedTime: d.EndedAt.UnixMilli()},
		Resources:   []ocsfResource{{UID: f.ExternalID, Name: f.ResourceName, Type: f.ResourceType, Region: f.Region}},
	}
	if f.ExternalID == "" { // a listing that could not be read
		e.Resources = []ocsfResource{{UID: f.Account, Type: f.ResourceType, Region: f.Region}}
	}
	if f.Status == audit.ControlWaived {
		e.StatusID, e.Status = ocsfSuppressed, "Suppressed"
	}
	e.SeverityID, e.Severity = ocsfSeverity(f.Severity)
	e.FindingInfo.Title = f.RuleID
	if r != nil {
		e.FindingInfo.Title, e.FindingInfo.Desc, e.FindingInfo.Types = r.Title, r.Risk, r.Categories
		e.Remediation = &ocsfRemediation{Desc: r.Remediation, References: r.References}
	}
	return e
}

func (f *finding) ocsf() ocsfCompliance {
	c := ocsfCompliance{Control: f.RuleID, StatusID: 0, Status: "Unknown"}
	if f.Reason != "" {
		c.Details = []string{f.Reason}
	}
	if f.Status == audit.ControlFailed || f.Status == audit.ControlWaived {
		c.StatusID, c.Status = 3, "Fail"
	}
	for i, in := range f.controls {
		if i == 0 {
			c.Control = in.ID
		}
		c.Requirements = append(c.Requirements, in.framework.ID+": "+in.ID)
		if standard := in.framework.Name + " " + in.framework.Version; len(c.Standards) == 0 || c.Standards[len(c.Standards)-1] != standard {
			c.Standards = append(c.Standards, standard)
		}
	}
	return c
}

func ocsfSeverity(s audit.Severity) (int, string) {
	switch s {
	case audit.SeverityCritical:
		return 5, "Critical"
	case audit.SeverityHigh:
		return 4, "High"
	case audit.SeverityMedium:
		return 3, "Medium"
	case audit.SeverityLow:
		return 2, "Low"
	}
	return 0, "Unknown"
}
