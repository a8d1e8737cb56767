package rule_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/rule"
)

func TestFlipsNameTheVerdictsThatAChangeTurnsOver(t *testing.T) {
	set := builtIn(t)
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	open := map[string]any{"BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true, "RestrictPublicBuckets": true}
	bucket := func(name string, config map[string]any) *rule.Subject {
		return &rule.Subject{Type: "s3_bucket", ExternalID: "arn:aws:s3:::" + name, Region: "eu-west-1", Account: "123456789012", Config: config}
	}
	block := func(config map[string]any) *rule.Subject {
		return &rule.Subject{Type: "s3_account_public_access_block", ExternalID: "block", Region: "global", Account: "123456789012", Config: config}
	}
	for _, c := range []struct {
		name          string
		before, after *rule.Subject
		others        []*rule.Subject
		want          []string
		path          string // that a flip touches
		not           string // and one that it doesn't
	}{
		{
			name:   "a bucket's own block is turned off",
			before: bucket("b", map[string]any{"PublicAccessBlockConfiguration": open}), after: bucket("b", nil),
			want: []string{"s3-bucket-public-access-blocked arn:aws:s3:::b worse"}, path: "PublicAccessBlockConfiguration.BlockPublicAcls", not: "Tags[owner]",
		},
		{
			name:   "turning it on is a change for the better",
			before: bucket("b", nil), after: bucket("b", map[string]any{"PublicAccessBlockConfiguration": open}),
			want: []string{"s3-bucket-public-access-blocked arn:aws:s3:::b better"},
		},
		{
			name:   "the account's block is turned off: the buckets that relied on it are named, the others not",
			before: block(open), after: block(map[string]any{}),
			others: []*rule.Subject{bucket("relies", nil), bucket("own", map[string]any{"PublicAccessBlockConfiguration": open})},
			want:   []string{"s3-bucket-public-access-blocked arn:aws:s3:::relies worse"}, path: "BlockPublicPolicy",
		},
		{
			name:   "what no rule reads turns nothing over",
			before: bucket("b", nil), after: bucket("b", map[string]any{"BucketName": "x"}),
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			rules := []*rule.Rule{}
			for _, id := range []string{"s3-bucket-public-access-blocked", "s3-bucket-versioning-enabled"} {
				if r, ok := set.Lookup(id); ok {
					rules = append(rules, r)
				}
			}
			flips, err := set.Flips(now, rules, c.before, c.after, func(j *rule.Judge) error {
				for _, o := range c.others {
					if err := j.Add(o); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range flips {
				word := "worse"
				if f.Better {
					word = "better"
				}
				got = append(got, fmt.Sprintf("%s %s %s", f.Rule.ID, f.Subject.ExternalID, word))
				if c.path != "" && !f.Touches(c.path) || c.not != "" && f.Touches(c.not) {
					t.Errorf("%s touches %v", f.Rule.ID, f.Paths)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("flips (-want +got):\n%s", diff)
			}
		})
	}
}
