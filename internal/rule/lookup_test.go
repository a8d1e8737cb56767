package rule_test

import (
	"testing"
	"testing/fstest"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
	"github.com/infraudit/infraudit/internal/rule"
)

func TestWhatIsLookedUpByAKeyThatIsUnreadMayOrMayNotBeThere(t *testing.T) {
	const text = `
rules:
  - id: sqs-queue-has-source
    title: Queues are dead letter queues
    severity: low
    types: [sqs_queue]
    categories: [resilience]
    look_ups:
      sources: {type: sqs_queue, ours: resource.external_id, theirs: 'text(config.?RedrivePolicy.?deadLetterTargetArn.orValue(""))'}
    passes: sources.exists(q, q.external_id != "")
    wanted: a source
    risk: none
    remediation: none
    references: ["https://example.com"]
    examples:
      - want: not_assessed
        external_id: dead
        others: [{type: sqs_queue, external_id: work, unread: {RedrivePolicy: "sqs:GetQueueAttributes"}}]
      - want: passed
        external_id: dead
        others:
          - {type: sqs_queue, external_id: work, unread: {RedrivePolicy: "sqs:GetQueueAttributes"}}
          - {type: sqs_queue, external_id: other, config: {RedrivePolicy: {deadLetterTargetArn: dead}}}
      - want: failed
        external_id: dead
`
	set, problems, err := rule.Load(fstest.MapFS{"x.yaml": {Data: []byte(text)}}, shapes.Load())
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	for _, r := range set.Rules() {
		for i, x := range r.Examples {
			got, err := set.Try(r, &x)
			if err != nil {
				t.Fatal(err)
			}
			if got.Verdict != x.Want {
				t.Errorf("example %d is %s, want %s", i+1, got.Verdict, x.Want)
			}
			if got.Verdict == audit.NotAssessed && (len(got.Gaps) != 1 || got.Gaps[0].ExternalID != "work") {
				t.Errorf("example %d names the gaps %v", i+1, got.Gaps)
			}
		}
	}
}

func TestAFailureWhoseSightIsUnreadSaysWhatIsWanted(t *testing.T) {
	const text = `
rules:
  - id: sns-topic-is-heard
    title: Topics have a key and a subscriber
    severity: low
    types: [sns_topic]
    categories: [resilience]
    look_ups:
      keys: {type: kms_key}
      subscribers: {type: sns_subscription}
    passes: keys.exists(k, k.external_id != "") && subscribers.exists(s, s.external_id != "")
    seen: keys.map(k, k.external_id)
    wanted: a key and a subscriber
    risk: none
    remediation: none
    references: ["https://example.com"]
    examples:
      - want: passed
        others: [{type: kms_key, external_id: k}, {type: sns_subscription, external_id: s}]
      - want: failed
`
	set, problems, err := rule.Load(fstest.MapFS{"x.yaml": {Data: []byte(text)}}, shapes.Load())
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	var got rule.Result
	j := set.NewJudge(time.Now(), nil, func(r rule.Result) error { got = r; return nil })
	if err := j.Add(&rule.Subject{Type: "sns_topic", ExternalID: "t"}); err != nil {
		t.Fatal(err)
	}
	j.Missing("kms_key", "eu-west-1", audit.Unread{Action: "kms:ListKeys", Code: "AccessDenied"})
	if err := j.Finish(); err != nil {
		t.Fatal(err)
	}
	if got.Verdict != audit.Failed || got.Reason != "wanted is a key and a subscriber" {
		t.Errorf("%s because %q", got.Verdict, got.Reason)
	}
}
