package rule_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
	"github.com/infraudit/infraudit/internal/rule"
)

// good is a rule without fault.
const good = `  - id: bucket-is-good
    title: buckets are good
    severity: low
    types: [s3_bucket]
    categories: [backup]
    passes: config.?BucketName.orValue("") == "good"
    wanted: good
    risk: bad
    remediation: rename it
    references: ["https://example.com/"]
    examples: [{want: passed, config: {BucketName: good}}, {want: failed}]
`

func load(t testing.TB, files map[string]string) (*rule.Set, []rule.Problem) {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, body := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(body)}
	}
	set, problems, err := rule.Load(fsys, shapes.Load())
	if err != nil {
		t.Fatal(err)
	}
	return set, problems
}

func TestBrokenRulesAreNamedAndTheOthersStay(t *testing.T) {
	other := strings.ReplaceAll(good, "bucket-is-good", "bucket-is-broken")
	change := func(from, to string) string {
		if !strings.Contains(other, from) {
			t.Fatalf("no %s", from)
		}
		return strings.Replace(other, from, to, 1)
	}
	for _, c := range []struct{ name, broken, want string }{
		{"a syntax error", change(`config.?BucketName.orValue("") == "good"`, `config.?BucketName ==`), "passes: line 1, column"},
		{"an attribute that buckets don't have", change("BucketName.", "BucketNam."), "BucketNam is no attribute of s3_bucket"},
		{"an attribute that is only read", change("BucketName.", "Arn."), "Arn is no attribute of s3_bucket"},
		{"a type that there is not", change("s3_bucket", "s4_bucket"), "s4_bucket is no resource type"},
		{"a field that is misspelt", change("remediation", "remedy"), "field remedy not found"},
		{"no examples", change("examples: [{want: passed, config: {BucketName: good}}, {want: failed}]", "examples: []"), "has none that is passed"},
		{"an example that no bucket is like", change("BucketName: good", "BucketName: [good]"), "examples[0]"},
		{"an example with an attribute that there is not", change("BucketName: good", "BucketNam: good"), "BucketNam"},
		{"a severity that there is not", change("severity: low", "severity: dire"), "severity: must be one of"},
		{"a category that there is not", change("[backup]", "[taste]"), "taste is none of"},
		{"a reference that is no https", change("https://example.com/", "javascript:alert(1)"), "is no https URL"},
		{"an id in capitals", change("bucket-is-broken", "Bucket-Is-Broken"), "id: must be lower-case words"},
		{"an expression that is no verdict", change(`== "good"`, `+ "good"`), "gives"},
		{"a variable that there is not", change("config.?BucketName", "bucket.?BucketName"), "undeclared reference to 'bucket'"},
		{"a function that there is not", change(`config.?BucketName.orValue("") == "good"`, `system("rm")`), "undeclared reference to 'system'"},
		{"the macro has, which is true of what is unread", change(`config.?BucketName.orValue("") == "good"`, `has(config.BucketName)`), "undeclared reference to 'has'"},
		{
			"comprehensions nested without bound",
			change(`config.?BucketName.orValue("") == "good"`, `true && [1].all(a, [1].all(b, [1].all(c, [1].all(d, [1].all(e, [1].all(f, true))))))`),
			"nesting",
		},
		{"an expression of 10,000 characters", change(`config.?BucketName.orValue("") == "good"`, strings.Repeat("true && ", 1300)+"true"), "size exceeds limit"},
		{"a regular expression that is none", change(`config.?BucketName.orValue("") == "good"`, `config.?BucketName.orValue("").matches("(")`), "invalid"},
		{
			"a look-up that is counted though its end may be unread",
			change("    passes: config.?BucketName.orValue(\"\") == \"good\"", "    look_ups: {keys: {type: kms_key}}\n    passes: size(keys) > 0"),
			"keys is looked up",
		},
		{
			"a look-up of which one is taken",
			change("    passes: config.?BucketName.orValue(\"\") == \"good\"", "    look_ups: {keys: {type: kms_key}}\n    passes: keys[0].region == \"x\""),
			"keys is looked up",
		},
		{
			"a look-up of whose elements nothing is asked",
			change("    passes: config.?BucketName.orValue(\"\") == \"good\"", "    look_ups: {keys: {type: kms_key}}\n    passes: keys.exists(k, true)"),
			"nothing is asked of k",
		},
		{
			"a look-up of a type that there is not",
			change("    passes:", "    look_ups: {keys: {type: kms_lock}}\n    passes:"), "kms_lock is no resource type",
		},
		{
			"a look-up with half a key",
			change("    passes:", "    look_ups: {keys: {type: kms_key, ours: resource.region}}\n    passes:"), "ours and theirs go together",
		},
		{
			"a look-up that is called like something else",
			change("    passes:", "    look_ups: {config: {type: kms_key}}\n    passes:"), "can't be called so",
		},
		{"the id of another rule", good, "is that of another rule, at a.yaml:2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			set, problems := load(t, map[string]string{"a.yaml": "rules:\n" + good, "b.yaml": "rules:\n\n" + c.broken})
			if len(problems) == 0 || len(set.Rules()) != 1 {
				t.Fatalf("%d rules, problems %v", len(set.Rules()), problems)
			}
			if text := problems[0].Error(); !strings.Contains(text, c.want) || !strings.HasPrefix(text, "b.yaml:3") {
				t.Errorf("%s", text)
			}
		})
	}
}

func TestFilesThatAreNoRulesAreNamed(t *testing.T) {
	for name, body := range map[string]string{
		"no YAML":                  "rules: [",
		"another document":         "hello: world",
		"a list":                   "- a\n- b",
		"a bomb of aliases":        "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\nrules: [*d,*d,*d,*d,*d,*d,*d]",
		"a rule that is no object": "rules: [1]",
	} {
		set, problems := load(t, map[string]string{"a.yaml": "rules:\n" + good, "b.yaml": body})
		if len(problems) == 0 || len(set.Rules()) != 1 || !strings.HasPrefix(problems[0].Error(), "b.yaml") {
			t.Errorf("%s: %d rules, problems %v", name, len(set.Rules()), problems)
		}
	}
}

// what a rule may be given that its author didn't think of.
func TestNonsenseIsNotAssessed(t *testing.T) {
	set, problems := load(t, map[string]string{"a.yaml": "rules:\n" + strings.Replace(good,
		`config.?BucketName.orValue("") == "good"`, `config.?Tags.orValue([]).all(t, t.Key.startsWith("a") && int(t.Value) / 0 == 1)`, 1)})
	// Its examples say otherwise; they are tested elsewhere.
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	r := set.Rules()[0]
	for name, tags := range map[string]any{
		"null for a list":         nil,
		"a text for a list":       "x",
		"nulls in a list":         []any{nil},
		"a missing key":           []any{map[string]any{"Value": "1"}},
		"a number for a text":     []any{map[string]any{"Key": int64(1), "Value": "1"}},
		"a division by zero":      []any{map[string]any{"Key": "a", "Value": "1"}},
		"what is no number":       []any{map[string]any{"Key": "a", "Value": "x"}},
		"a type that CEL has not": make(chan int),
	} {
		t.Run(name, func(t *testing.T) {
			var got rule.Result
			j := set.NewJudge(r.Examples[0].Now, nil, func(res rule.Result) error { got = res; return nil })
			if err := j.Add(&rule.Subject{Type: "s3_bucket", Config: map[string]any{"Tags": tags}}); err != nil {
				t.Fatal(err)
			}
			if got.Verdict != audit.NotAssessed || !strings.Contains(got.Reason, "can't be evaluated") {
				t.Errorf("%s: %s", got.Verdict, got.Reason)
			}
		})
	}
}

func TestAKeyThatCannotBeEvaluatedCostsWhatLooksForIt(t *testing.T) {
	text := strings.Replace(good, `    passes: config.?BucketName.orValue("") == "good"`,
		"    look_ups: {keys: {type: kms_key, ours: resource.name, theirs: config.Description}}\n    passes: keys.exists(k, k.region == \"x\")", 1)
	text = strings.Replace(text, "examples: [{want: passed, config: {BucketName: good}}, {want: failed}]",
		"examples: [{want: passed, name: b, others: [{type: kms_key, region: x, config: {Description: b}}]}, {want: failed}]", 1)
	set, problems := load(t, map[string]string{"a.yaml": "rules:\n" + text, "b.yaml": "rules:\n" + strings.ReplaceAll(good, "bucket-is-good", "bucket-is-other")})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	got := map[string]rule.Result{}
	j := set.NewJudge(set.Rules()[0].Examples[0].Now, nil, func(r rule.Result) error { got[r.Rule.ID] = r; return nil })
	for _, s := range []*rule.Subject{
		{Type: "s3_bucket", ExternalID: "b", Name: "b", Config: map[string]any{}},
		{Type: "kms_key", ExternalID: "k", Config: map[string]any{}}, // without a description
	} {
		if err := j.Add(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Finish(); err != nil {
		t.Fatal(err)
	}
	if r := got["bucket-is-good"]; r.Verdict != audit.NotAssessed || !strings.Contains(r.Reason, "kms_key of k could not be read") && !strings.Contains(r.Reason, "can't be evaluated") {
		t.Errorf("%s: %s", r.Verdict, r.Reason)
	}
	if r := got["bucket-is-other"]; r.Verdict != audit.Failed {
		t.Errorf("the other rule: %s", r.Verdict)
	}
}

// through is a rule whose second look-up has keys that the first one gives.
const through = `rules:
  - id: user-has-policies
    title: users have policies by their groups
    severity: low
    types: [iam_user]
    categories: [access]
    look_ups:
      managed:
        type: iam_policy
        ours: '[config.?ManagedPolicyArns.orValue([]), groups.map(g, g.config.?ManagedPolicyArns.orValue([]))]'
        theirs: resource.external_id
      groups: {type: iam_group, ours: 'config.?Groups.orValue([])', theirs: 'config.?GroupName.orValue("")'}
    passes: managed.exists(m, m.config.?Description.orValue("") == "good")
    wanted: good
    risk: bad
    remediation: join
    references: ["https://example.com/"]
    examples:
      - &ok
        want: passed
        config: {Groups: [g]}
        others:
          - &group {type: iam_group, config: {GroupName: g, ManagedPolicyArns: ["arn:p"]}}
          - &policy {type: iam_policy, external_id: "arn:p", config: {Description: good}}
      - {want: passed, config: {ManagedPolicyArns: ["arn:p"]}, others: [*policy]}
      - {want: failed, config: {Groups: [h]}, others: [*group, *policy]}
      - {want: failed, config: {Groups: [g]}, others: [*group]}
      - {want: not_assessed, config: {Groups: [g]}, others: [*policy], missing: [iam_group]}
      - {want: not_assessed, config: {Groups: [g]}, others: [*group], missing: [iam_policy]}
      - {want: not_assessed, others: [*group, *policy], unread: {Groups: "iam:GetAccountAuthorizationDetails"}}
`

func TestLookUpsMayHaveKeysFromOthers(t *testing.T) {
	set, problems := load(t, map[string]string{"a.yaml": through})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	r := set.Rules()[0]
	for i := range r.Examples {
		got, err := set.Try(r, &r.Examples[i])
		if err != nil || got.Verdict != r.Examples[i].Want {
			t.Errorf("example %d: %s, want %s: %s %v", i+1, got.Verdict, r.Examples[i].Want, got.Reason, err)
		}
	}
}

func TestLookUpsThatNeedThemselvesAreNotAssessed(t *testing.T) {
	set, problems := load(t, map[string]string{"a.yaml": strings.Replace(through, "ours: 'config.?Groups.orValue([])'", "ours: 'managed.map(m, m.name)'", 1)})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	got, err := set.Try(set.Rules()[0], &set.Rules()[0].Examples[0])
	if err != nil || got.Verdict != audit.NotAssessed || !strings.Contains(got.Reason, "needs itself") {
		t.Errorf("%s: %s %v", got.Verdict, got.Reason, err)
	}
}
