package iampolicy_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/infraudit/infraudit/internal/iampolicy"
	"github.com/infraudit/infraudit/internal/shape"
)

// askAll asks every question; the answers' texts are made, too.
func askAll(v any) {
	if p, err := iampolicy.Parse(v); err == nil {
		for _, g := range p.OutsideAccess(owner) {
			_ = g.String()
			_ = g.Allows("s3:get*")
		}
		p.Public(owner)
		p.Public(iampolicy.Owner{})
		p.OpenEndpoint(owner)
		_ = p.DeniesInsecureTransport("s3:*", "arn:aws:s3:::b", "arn:aws:s3:::b/*").String()
		_ = p.DeniesTLSBelow(1.2, "s3:*").String()
	}
	d := iampolicy.Document{Name: "p", Policy: v}
	for _, boundary := range []*iampolicy.Document{nil, &d} {
		id, err := iampolicy.ParseIdentity([]iampolicy.Document{d, d}, boundary)
		if err != nil {
			continue
		}
		_ = id.AllowsAdministrator().String()
		_ = id.AllowsFullService("s3").String()
		_ = id.Allows("s3:GetObject", "arn:aws:s3:::b/x").String()
		for _, path := range id.EscalationPaths() {
			_ = path.String()
		}
		for _, w := range id.WildcardActions() {
			_ = w.String()
		}
	}
}

// withStatement is the document with a statement more.
func withStatement(doc map[string]any, statement string, first bool) map[string]any {
	var s any
	if err := json.Unmarshal([]byte(statement), &s); err != nil {
		panic(err)
	}
	out := map[string]any{"Version": doc["Version"]}
	list, _ := doc["Statement"].([]any)
	if m, ok := doc["Statement"].(map[string]any); ok {
		list = []any{m}
	}
	if first {
		out["Statement"] = append([]any{s}, list...)
	} else {
		out["Statement"] = append(slices.Clone(list), s)
	}
	return out
}

const (
	harmlessAllow = `{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sqs:*","Resource":"*"}`
	publicAllow   = `{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"*"}`
	denyAll       = `{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}`
)

// checkLaws checks what must hold of every resource-based policy.
func checkLaws(t interface{ Fatalf(string, ...any) }, doc map[string]any) {
	isPublic := func(doc map[string]any) bool {
		p, err := iampolicy.Parse(doc)
		if err != nil {
			t.Fatalf("%v", err)
		}
		public, outside := p.Public(owner), p.OutsideAccess(owner)
		if len(public) > len(outside) {
			t.Fatalf("more is public than is outside")
		}
		return len(public) > 0
	}
	public := isPublic(doc)
	if more := withStatement(doc, harmlessAllow, true); isPublic(more) != public {
		t.Fatalf("an Allow for the owner changes it")
	}
	if more := withStatement(doc, publicAllow, false); public && !isPublic(more) {
		t.Fatalf("an Allow makes it private")
	}
	for _, first := range []bool{true, false} {
		if denied := withStatement(doc, denyAll, first); isPublic(denied) {
			t.Fatalf("public though all is denied")
		}
	}
}

func FuzzPolicy(f *testing.F) {
	for _, seed := range []string{
		policy(publicAllow + `,` + denyAll), policy(harmlessAllow),
		toAll(`"StringEquals":{"aws:PrincipalOrgID":"${aws:ResourceOrgID}"},"Null":{"aws:x":false}`),
		withDeny(`"NotPrincipal":{"AWS":["arn:aws:iam::111122223333:role/x",1]},"Condition":{"NotIpAddress":{"aws:sourceip":["::/0","1.2.3.4"]}}`),
		policy(`{"Effect":"Allow","Principal":{"Federated":"accounts.google.com","Service":["*","x"],"CanonicalUser":"f"},"NotAction":["s3:?*"],"NotResource":"arn:*${aws:username}"}`),
		`{"Statement":{"Effect":"Deny","Action":1,"Resource":true}}`, `{"Statement":[null]}`, `[[[]]]`,
		policy(`{"Effect":"Allow","Action":["iam:PassRole","lambda:*"],"Resource":"arn:aws:iam::*:role/*","Condition":{"StringLike":{"iam:PassedToService":"l*"}}}`),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var v any
		if json.Unmarshal(b, &v) != nil {
			return
		}
		askAll(v)
		if doc, ok := v.(map[string]any); ok {
			if _, err := iampolicy.Parse(v); err == nil {
				checkLaws(t, doc)
			}
		}
		normal, err := shape.NormalizePolicy(v)
		if err != nil {
			return
		}
		askAll(normal)
		before, beforeErr := iampolicy.Parse(v)
		after, afterErr := iampolicy.Parse(normal)
		if beforeErr == nil && afterErr == nil && (len(before.Public(owner)) > 0) != (len(after.Public(owner)) > 0) {
			t.Fatal("the normal form means something else")
		}
	})
}

// drawStatement makes a statement of a resource-based policy out of parts that matter.
func drawStatement(t *rapid.T) map[string]any {
	list := func(name string, of ...any) any {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(of), 1, 2, func(v any) string { return fmt.Sprint(v) }).Draw(t, name)
	}
	s := map[string]any{"Effect": rapid.SampledFrom([]string{"Allow", "Deny"}).Draw(t, "effect")}
	not := func(name string) string { return rapid.SampledFrom([]string{"", "", "Not"}).Draw(t, "not") + name }
	s[not("Principal")] = rapid.SampledFrom([]any{
		"*",
		map[string]any{"AWS": "111122223333"},
		map[string]any{"AWS": []any{"999988887777", "*"}},
		map[string]any{"AWS": "999988887777"},
		map[string]any{"Service": "sns.amazonaws.com"},
	}).Draw(t, "principal")
	s[not("Action")] = list("actions", "s3:*", "s3:GetObject", "s3:Get*", "*", "s3:PutObject")
	s[not("Resource")] = list("resources", "*", "arn:aws:s3:::b", "arn:aws:s3:::b/*", "arn:aws:s3:::b/${aws:username}", "arn:aws:s3:::b*")
	if rapid.Bool().Draw(t, "conditional") {
		key := rapid.SampledFrom([]string{"aws:PrincipalOrgID", "aws:SourceVpc", "aws:Referer", "aws:PrincipalAccount"}).Draw(t, "key")
		operator := rapid.SampledFrom([]string{
			"StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIfExists", "ForAllValues:StringEquals",
			"ForAnyValue:StringNotEquals", "Null",
		}).Draw(t, "operator")
		s["Condition"] = map[string]any{operator: map[string]any{key: list("values", "o-mine000000", "111122223333", "false", "*", "vpc-1")}}
	}
	return s
}

func TestLawsOfPolicies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var statements []any
		for range rapid.IntRange(0, 4).Draw(t, "statements") {
			statements = append(statements, drawStatement(t))
		}
		doc := map[string]any{"Version": "2012-10-17", "Statement": statements}
		checkLaws(t, doc)

		shuffled := rapid.Permutation(statements).Draw(t, "order")
		other := map[string]any{"Version": "2012-10-17", "Statement": shuffled}
		if diff := cmp.Diff(answers(t, doc), answers(t, other)); diff != "" {
			t.Fatalf("order matters: %s", diff)
		}
	})
}

// answers are what a policy says, whatever the places of its statements.
func answers(t interface{ Fatalf(string, ...any) }, doc map[string]any) []string {
	p, err := iampolicy.Parse(doc)
	if err != nil {
		t.Fatalf("%v", err)
	}
	var out []string
	for _, g := range p.OutsideAccess(owner) {
		out = append(out, fmt.Sprintf("%v %v %v %v %v", describe(g), g.Actions, g.NotActions, g.Resources, g.Conditions))
	}
	for _, g := range p.Public(owner) {
		out = append(out, fmt.Sprintf("public %v %v", g.Actions, g.Resources))
	}
	d := p.DeniesInsecureTransport("s3:*", "arn:aws:s3:::b", "arn:aws:s3:::b/*")
	out = append(out, fmt.Sprint(d.Denied, d.Missing))
	slices.Sort(out)
	return out
}

func TestLawsOfIdentities(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var statements []any
		for range rapid.IntRange(0, 4).Draw(t, "statements") {
			s := drawStatement(t)
			delete(s, "Principal")
			delete(s, "NotPrincipal")
			statements = append(statements, s)
		}
		verdicts := func(statements []any, boundary *iampolicy.Document) [3]iampolicy.Verdict {
			doc := iampolicy.Document{Name: "p", Policy: map[string]any{"Version": "2012-10-17", "Statement": statements}}
			id, err := iampolicy.ParseIdentity([]iampolicy.Document{doc}, boundary)
			if err != nil {
				t.Fatalf("%v", err)
			}
			return [3]iampolicy.Verdict{
				id.AllowsAdministrator().Verdict, id.AllowsFullService("s3").Verdict, id.Allows("s3:GetObject", "arn:aws:s3:::b/x").Verdict,
			}
		}
		before := verdicts(statements, nil)
		if shuffled := verdicts(rapid.Permutation(statements).Draw(t, "order"), nil); shuffled != before {
			t.Fatalf("order matters: %v, %v", before, shuffled)
		}
		all := map[string]any{"Effect": "Deny", "Action": "*", "Resource": "*"}
		if denied := verdicts(append(slices.Clone(statements), all), nil); denied != [3]iampolicy.Verdict{} {
			t.Fatalf("allowed though all is denied: %v", denied)
		}
		bounded := verdicts(statements, &iampolicy.Document{Name: "b", Policy: map[string]any{"Statement": []any{drawIdentityAllow(t)}}})
		more := verdicts(append(slices.Clone(statements), drawIdentityAllow(t)), nil)
		for i := range before {
			if bounded[i] > before[i] {
				t.Fatalf("a boundary allows: %v, %v", before, bounded)
			}
			if more[i] < before[i] {
				t.Fatalf("an Allow takes away: %v, %v", before, more)
			}
		}
	})
}

func drawIdentityAllow(t *rapid.T) any {
	s := drawStatement(t)
	delete(s, "Principal")
	delete(s, "NotPrincipal")
	s["Effect"] = "Allow"
	return s
}
