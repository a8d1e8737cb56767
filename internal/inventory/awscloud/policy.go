package awscloud

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
)

// maxManagedPolicy is how many characters a managed policy may have, white space aside (IAM user guide, "IAM and AWS STS
// quotas"). A role takes ten of them, while all that is inline has 10,240 together.
const maxManagedPolicy = 6_144

// Policies returns the IAM policies that InfraAudit needs in an account, as indented JSON: read only, made from what the
// collectors declare, one statement for each service, and as many policies as it takes for each to be within IAM's bounds.
func Policies() ([][]byte, error) {
	docs, err := onboardingPolicies()
	if err != nil {
		return nil, err
	}
	var out [][]byte
	for _, doc := range docs {
		var buf bytes.Buffer
		enc := json.NewEncoder(&buf)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		if err := enc.Encode(doc); err != nil {
			return nil, fmt.Errorf("encode the onboarding policy: %w", err)
		}
		out = append(out, buf.Bytes())
	}
	return out, nil
}

// onboardingPolicies splits the onboarding policy, by services in order.
func onboardingPolicies() ([]awsaccess.Policy, error) {
	whole := onboardingPolicy()
	empty := awsaccess.Policy{Version: whole.Version}
	frame, err := json.Marshal(empty)
	if err != nil {
		return nil, fmt.Errorf("encode the onboarding policy: %w", err)
	}
	var out []awsaccess.Policy
	left := 0
	for _, s := range whole.Statement {
		b, err := json.Marshal(s)
		if err != nil {
			return nil, fmt.Errorf("encode the onboarding policy: %w", err)
		}
		if size := len(b) + len(","); len(out) == 0 || size > left {
			out, left = append(out, empty), maxManagedPolicy-len(frame)
		}
		left -= len(b) + len(",")
		last := &out[len(out)-1]
		last.Statement = append(last.Statement, s)
	}
	return out, nil
}

func onboardingPolicy() awsaccess.Policy {
	actions := accountActions()
	for _, c := range collectors() {
		for _, l := range c.listings {
			actions = append(actions, l.actions...)
		}
	}
	slices.Sort(actions)
	doc := awsaccess.Policy{Version: "2012-10-17"}
	for _, action := range slices.Compact(actions) {
		service, _, _ := strings.Cut(action, ":")
		sid := "InfraAudit" + strings.ToUpper(service[:1]) + strings.ReplaceAll(service[1:], "-", "") // letters and digits only
		if n := len(doc.Statement); n == 0 || doc.Statement[n-1].Sid != sid {
			doc.Statement = append(doc.Statement, awsaccess.Statement{Sid: sid, Effect: "Allow", Resource: resourcesOf(action)})
		}
		last := &doc.Statement[len(doc.Statement)-1]
		last.Action = append(last.Action, action)
	}
	return doc
}

// resourcesOf returns what an action is allowed on: everything, but for API Gateway's one action of reading, which would
// give away the values of API keys (API Gateway developer guide, "Control access for managing a REST API").
func resourcesOf(action string) any {
	if action == actionAPIGatewayGet {
		return []string{"arn:*:apigateway:*::/apis*", "arn:*:apigateway:*::/restapis*"}
	}
	return "*"
}
