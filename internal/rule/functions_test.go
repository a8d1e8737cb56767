package rule_test

import (
	"testing"

	"github.com/infraudit/infraudit/internal/rule"
)

func TestFunctionsAnswerAsTheirTableSays(t *testing.T) {
	for expression, want := range map[string]bool{
		`covers("10.0.0.0/8", "10.1.0.0/16")`:           true,
		`covers("10.1.0.0/16", "10.1.0.0/16")`:          true,
		`covers("10.1.0.0/24", "10.1.0.0/16")`:          false,
		`covers("0.0.0.0/0", "fd00::/8")`:               false,
		`covers("::/0", "fd00::/8")`:                    true,
		`covers("here", "10.0.0.0/8")`:                  false,
		`tail("arn:aws:ec2:r:1:vpc/vpc-1") == "vpc-1"`:  true,
		`tail("arn:aws:redshift:r:1:cluster:c") == "c"`: true,
		`tail("plain") == "plain" && tail("") == ""`:    true,
	} {
		if got, err := rule.Eval(expression, nil); err != nil || got != want {
			t.Errorf("%s: %v (%v), want %v", expression, got, err, want)
		}
	}
}

func TestANetworkACLAdmitsWhatItsFirstEntryForAllAllows(t *testing.T) {
	type entry = map[string]any
	ports := func(from, to int64) entry { return entry{"From": from, "To": to} }
	open4 := entry{"RuleNumber": int64(100), "Protocol": int64(-1), "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"}
	open6 := entry{"RuleNumber": int64(101), "Protocol": int64(6), "RuleAction": "allow", "Ipv6CidrBlock": "::/0", "PortRange": ports(20, 25)}
	noTCP := entry{"RuleNumber": int64(50), "Protocol": int64(6), "RuleAction": "deny", "CidrBlock": "0.0.0.0/0", "PortRange": ports(22, 22)}
	noUDP := entry{"RuleNumber": int64(51), "Protocol": int64(17), "RuleAction": "deny", "CidrBlock": "0.0.0.0/0", "PortRange": ports(0, 65535)}
	late := entry{"RuleNumber": int64(200), "Protocol": int64(-1), "RuleAction": "deny", "CidrBlock": "0.0.0.0/0"}
	part := entry{"RuleNumber": int64(10), "Protocol": int64(-1), "RuleAction": "deny", "CidrBlock": "10.0.0.0/8"}
	out := entry{"RuleNumber": int64(1), "Egress": true, "Protocol": int64(-1), "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"}
	for _, c := range []struct {
		name    string
		entries []any
		want    bool
	}{
		{"no entry admits nothing", nil, false},
		{"all protocols have all ports", []any{open4}, true},
		{"IPv6 counts as much", []any{open6}, true},
		{"what leaves is not let in", []any{out}, false},
		{"TCP is denied and UDP is not", []any{open4, noTCP}, true},
		{"TCP and UDP are denied before", []any{open4, noTCP, noUDP}, false},
		{"a denial that comes later is none", []any{late, open4}, true},
		{"a denial of some addresses leaves the others", []any{part, open4}, true},
	} {
		got, err := rule.Eval(`admits(config.entries, 22)`, map[string]any{"entries": c.entries})
		if err != nil || got != c.want {
			t.Errorf("%s: %v (%v), want %v", c.name, got, err, c.want)
		}
	}
}
