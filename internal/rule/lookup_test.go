package rule_test

import (
	"testing"
	"testing/fstest"

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
