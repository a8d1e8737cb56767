package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/scan"
)

// pair is a control and a resource, by what both programs call it: the last part of its ARN or id, and "account" for what
// there is one of in the account and region.
type pair struct{ control, resource string }

// verdict is what one program says of a pair.
type verdict struct {
	status string   // of the scan: failed, not_assessed; of Prowler: FAIL, MANUAL, PASS; "" where it has none, or none that isn't passed
	by     []string // the rules or checks that say so, sorted
	kind   string   // of resource
}

// worse tells which of a program's statuses outweighs the other.
var worse = []string{"", "PASS", "MANUAL", "not_assessed", "FAIL", "failed"}

func (v verdict) with(status, by, kind string) verdict {
	switch c := cmp.Compare(slices.Index(worse, status), slices.Index(worse, v.status)); {
	case c > 0:
		return verdict{status, []string{by}, kind}
	case c == 0 && !slices.Contains(v.by, by):
		v.by = append(slices.Clone(v.by), by)
		slices.Sort(v.by)
	}
	return v
}

const account = "account"

// accountWide are what the names of Prowler's checks begin with that judge the account, whatever resource they name.
var accountWide = []string{
	"accessanalyzer_", "cloudtrail_multi", "cloudtrail_s3_dataevents", "cloudwatch_", "config_recorder", "iam_avoid_root", "iam_no_root", "iam_root",
	"organizations_", "securityhub_",
}

// single are the resource types of which there is one in the account and region.
var single = map[string]bool{
	"iam_account": true, "account_region": true, "account_contact": true, "account_alternate_contact": true, "ec2_account_settings": true,
	"s3_account_public_access_block": true, "iam_password_policy": true,
}

// ours reads the verdicts of a scan that are not passed.
func ours(report []byte) (map[pair]verdict, error) {
	var r scan.Report
	if err := json.Unmarshal(report, &r); err != nil {
		return nil, fmt.Errorf("the scan's report: %w", err)
	}
	out := map[pair]verdict{}
	for _, a := range r.Assessments {
		for _, c := range a.Controls {
			for _, res := range c.Results {
				if res.Status != audit.ControlFailed && res.Status != audit.ControlNotAssessed {
					continue
				}
				key := pair{c.ID, lastPart(res.ExternalID)}
				if single[res.ResourceType] || res.ExternalID == "" {
					key.resource = account
				}
				out[key] = out[key].with(string(res.Status), res.RuleID, res.ResourceType)
			}
		}
	}
	return out, nil
}

// theirs reads the CSV file of Prowler's compliance report.
func theirs(r io.Reader, accountID string) (map[pair]verdict, error) {
	in := csv.NewReader(r)
	in.Comma = ';'
	head, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("read Prowler's report: %w", err)
	}
	at := map[string]int{}
	for i, name := range head {
		at[name] = i
	}
	for _, name := range []string{"REQUIREMENTS_ID", "STATUS", "RESOURCEID", "RESOURCENAME", "CHECKID"} {
		if _, ok := at[name]; !ok {
			return nil, fmt.Errorf("no column %s in Prowler's report", name)
		}
	}
	out := map[pair]verdict{}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read Prowler's report: %w", err)
		}
		check := row[at["CHECKID"]]
		if check == "manual" { // it has no check for the control
			continue
		}
		key := pair{row[at["REQUIREMENTS_ID"]], lastPart(row[at["RESOURCEID"]])}
		if row[at["RESOURCENAME"]] == accountID || slices.ContainsFunc(accountWide, func(p string) bool { return strings.HasPrefix(check, p) }) {
			key.resource = account
		}
		out[key] = out[key].with(row[at["STATUS"]], check, kindOf(row[at["RESOURCEID"]]))
	}
}

// lastPart is what an ARN or id ends with: "arn:aws:sqs:us-east-1:1:orders" and a queue's URL are "orders".
func lastPart(id string) string {
	id = strings.TrimSuffix(id, "/")
	if before, stage, ok := strings.Cut(id, "/stages/"); ok { // a stage's name is its API's business
		return lastPart(before) + "/" + stage
	}
	return id[strings.LastIndexAny(id, "/:")+1:]
}

// kindOf is the service of an ARN, and the kind of resource where it tells.
func kindOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return arn
	}
	if i := strings.IndexAny(parts[5], "/:"); i > 0 {
		return parts[2] + " " + parts[5][:i]
	}
	return parts[2]
}

// difference is one kind of disagreement, and where there is it.
type difference struct {
	Control, Kind, Ours, Theirs string
	Rules, Checks               []string
	resources                   []string
}

func (d *difference) String() string {
	return fmt.Sprintf("%s %s: scan %s %s, Prowler %s %s: %d resources, such as %s", d.Control, d.Kind, cmp.Or(d.Ours, "passed"), d.Rules,
		cmp.Or(d.Theirs, "says nothing"), d.Checks, len(d.resources), d.resources[0])
}

// disagree groups the pairs on which the two differ. Where a resource isn't in the scan's failures it passed, or no rule of
// the control concerns it: then they agree, if Prowler doesn't fail it.
func disagree(ours, theirs map[pair]verdict) []*difference {
	groups := map[string]*difference{}
	all := map[pair]bool{}
	for p := range ours {
		all[p] = true
	}
	for p := range theirs {
		all[p] = true
	}
	for p := range all {
		a, b := ours[p], theirs[p]
		if a.status == "" && b.status != "FAIL" || a.status == "failed" && b.status == "FAIL" {
			continue
		}
		d := &difference{Control: p.control, Kind: cmp.Or(a.kind, b.kind), Ours: a.status, Theirs: b.status, Rules: a.by, Checks: b.by}
		key := fmt.Sprintf("%s|%s|%s|%s|%v|%v", d.Control, d.Kind, d.Ours, d.Theirs, d.Rules, d.Checks)
		if groups[key] == nil {
			groups[key] = d
		}
		groups[key].resources = append(groups[key].resources, p.resource)
	}
	var out []*difference
	for _, d := range groups {
		slices.Sort(d.resources)
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b *difference) int {
		return cmp.Or(compareIDs(a.Control, b.Control), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Ours, b.Ours),
			cmp.Compare(a.Theirs, b.Theirs), slices.Compare(a.Rules, b.Rules), slices.Compare(a.Checks, b.Checks))
	})
	return out
}

// compareIDs orders controls as the benchmark does: 2.9 before 2.10.
func compareIDs(a, b string) int {
	pad := func(id string) string {
		var out strings.Builder
		for part := range strings.SplitSeq(id, ".") {
			fmt.Fprintf(&out, "%4s.", part)
		}
		return out.String()
	}
	return cmp.Compare(pad(a), pad(b))
}

// differences runs both programs and fails where they differ for no reason that is written down.
func (b *bench) differences(ctx context.Context) error {
	b.server.delay = 0
	var report bytes.Buffer
	if _, err := b.runScan(ctx, b.server, &report); err != nil {
		return err
	}
	if _, err := b.runProwler(ctx, b.server, "compared"); err != nil {
		return err
	}
	mine, err := ours(report.Bytes())
	if err != nil {
		return err
	}
	f, err := os.Open(filepath.Join(b.home, "prowler-compared", "compliance", "out_cis_7.0_aws.csv"))
	if err != nil {
		return err
	}
	defer f.Close()
	peer, err := theirs(f, accountID)
	if err != nil {
		return err
	}
	return b.explain(disagree(mine, peer), len(peer))
}
