//go:build integration

package deploytest_test

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/infraudit/infraudit/internal/deploytest"
	"github.com/infraudit/infraudit/internal/store"
	"github.com/infraudit/infraudit/internal/table"
	"github.com/infraudit/infraudit/internal/testtool"
)

// withDomain has every resource made.
var withDomain = []string{
	"DomainName=audit.example.com", "HostedZoneId=Z123", "AlarmEmail=ops@example.com",
	"CertificateArn=arn:aws:acm:us-east-1:123456789012:certificate/1",
}

// shared is the expanded template: one for all tests.
var shared struct {
	once      sync.Once
	templates deploytest.Templates
}

func expanded(t testing.TB) deploytest.Templates {
	t.Helper()
	shared.once.Do(func() { shared.templates = deploytest.Expand(t) })
	if shared.templates == nil {
		t.Fatal("the template could not be expanded: another test says why")
	}
	return shared.templates
}

func run(t *testing.T, dir, program string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "SAM_CLI_TELEMETRY=0", "HOME="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", filepath.Base(program), strings.Join(args, " "), err, out)
	}
	return string(out)
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := testtool.ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := testtool.Path("sam", "bin", name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func functions(t *testing.T, s *deploytest.Stack) map[string]deploytest.Function {
	t.Helper()
	fs, err := s.Functions()
	if err != nil {
		t.Fatal(err)
	}
	return fs
}

func TestLintersAcceptTheTemplates(t *testing.T) {
	t.Parallel()
	t.Run("cfn-lint", func(t *testing.T) {
		t.Parallel()
		run(t, root(t), tool(t, "cfn-lint"), "template.yaml", "infra/queue.yaml", "infra/function-alarms.yaml",
			"infra/onboarding/role.yaml")
	})
	t.Run("sam validate", func(t *testing.T) {
		t.Parallel()
		// Without --lint it accepts nearly everything.
		run(t, root(t), tool(t, "sam"), "validate", "--lint", "--template", "template.yaml", "--region", deploytest.Region)
	})
}

func TestTablesAreThoseThatTheStoreDeclares(t *testing.T) {
	t.Parallel()
	s := expanded(t).Plan(t)
	logical := map[string]string{
		"control": "ControlTable", "inventory": "InventoryTable", "findings": "FindingsTable", "history": "HistoryTable",
	}
	tables := s.OfType("AWS::DynamoDB::Table")
	for _, schema := range store.Schemas() {
		r, ok := tables[logical[schema.Name]]
		if !ok {
			t.Errorf("%s: no table", schema.Name)
			continue
		}
		delete(tables, logical[schema.Name])
		if diff := cmp.Diff(declared(schema), r.Properties, byName()); diff != "" {
			t.Errorf("%s (-store +template):\n%s", schema.Name, diff)
		}
	}
	if len(tables) > 0 {
		t.Errorf("tables that the store doesn't declare: %v", slices.Collect(maps.Keys(tables)))
	}
}

// byName compares lists of attributes and indexes without their order.
func byName() cmp.Option {
	return cmpopts.SortSlices(func(a, b any) bool {
		x, _ := json.Marshal(a)
		y, _ := json.Marshal(b)
		return string(x) < string(y)
	})
}

// declared is a schema as the properties of an AWS::DynamoDB::Table.
func declared(s table.Schema) map[string]any {
	keys := func(pk, sk string) []any {
		return []any{
			map[string]any{"AttributeName": pk, "KeyType": "HASH"}, map[string]any{"AttributeName": sk, "KeyType": "RANGE"},
		}
	}
	names := []string{table.AttrPK, table.AttrSK}
	var indexes []any
	for _, ix := range s.Indexes {
		names = append(names, ix.PK, ix.SK)
		projection := map[string]any{"ProjectionType": "ALL"}
		if !ix.All {
			var projected []any
			for _, name := range ix.Projected() {
				projected = append(projected, name)
			}
			projection = map[string]any{"ProjectionType": "INCLUDE", "NonKeyAttributes": projected}
		}
		indexes = append(indexes, map[string]any{
			"IndexName": ix.Name, "KeySchema": keys(ix.PK, ix.SK), "Projection": projection,
		})
	}
	var attributes []any
	for _, name := range names {
		attributes = append(attributes, map[string]any{"AttributeName": name, "AttributeType": "S"})
	}
	out := map[string]any{
		"BillingMode": "PAY_PER_REQUEST", "DeletionProtectionEnabled": true,
		"PointInTimeRecoverySpecification": map[string]any{"PointInTimeRecoveryEnabled": true},
		"SSESpecification": map[string]any{
			"SSEEnabled": true, "SSEType": "KMS",
			"KMSMasterKeyId": "arn:aws:kms:us-east-1:123456789012:key/infraudit-plan-DataKey",
		},
		"TimeToLiveSpecification": map[string]any{"AttributeName": table.AttrTTL, "Enabled": true},
		"KeySchema":               keys(table.AttrPK, table.AttrSK), "AttributeDefinitions": attributes,
		"Tags": []any{map[string]any{"Key": "infraudit:stage", "Value": "dev"}},
	}
	if indexes != nil {
		out["GlobalSecondaryIndexes"] = indexes
	}
	return out
}

func TestWhatHoldsDataOutlivesTheStack(t *testing.T) {
	t.Parallel()
	templates := expanded(t)
	n := 0
	for id, r := range templates[""].Resources {
		switch r.Type {
		case "AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key":
			n++
			if r.DeletionPolicy != "Retain" || r.UpdateReplacePolicy != "Retain" {
				t.Errorf("%s is deleted or replaced with its stack", id)
			}
		}
	}
	if n != 7 {
		t.Errorf("%d resources hold data, want four tables, a bucket and two keys", n)
	}
}

func TestNothingHasANameThatTwoStacksWouldShare(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"FunctionName", "TableName", "QueueName", "BucketName", "TopicName", "RoleName", "ManagedPolicyName"} {
		for id, r := range expanded(t)[""].Resources {
			if text, ok := r.Properties[name].(string); ok {
				t.Errorf("%s is always called %s", id, text)
			}
		}
	}
	for _, group := range expanded(t).Plan(t).OfType("AWS::Logs::LogGroup") {
		if name, _ := group.Properties["LogGroupName"].(string); !strings.Contains(name, "/infraudit-plan/") {
			t.Errorf("log group %s doesn't name its stack", name)
		}
	}
}

func TestEveryQueueHasItsDeadLetterQueueAndHidesMessagesLongEnough(t *testing.T) {
	t.Parallel()
	s := expanded(t).Plan(t)
	sources := map[string]deploytest.Function{}
	for _, f := range functions(t, s) {
		for _, source := range f.Sources {
			sources[source.QueueURL] = f
			if !source.ReportBatchFailure {
				t.Errorf("%s retries whole batches", f.ID)
			}
			if want := map[bool]int{true: 10, false: 1}[f.ID == "NotifyFunction"]; source.BatchSize != want {
				t.Errorf("%s gets %d messages at once, want %d", f.ID, source.BatchSize, want)
			}
			if source.MaximumConcurrency < 2 || f.ID == "AttributionFunction" && source.MaximumConcurrency != 2 {
				t.Errorf("%s works on %d messages at once", f.ID, source.MaximumConcurrency)
			}
		}
	}
	for id, nested := range s.Nested {
		queue, ok := nested.Resources["Queue"]
		if !ok {
			continue
		}
		f, ok := sources[nested.Outputs["Url"]]
		if !ok {
			t.Errorf("nobody works on %s", id)
			continue
		}
		delete(sources, nested.Outputs["Url"])
		redrive, _ := queue.Properties["RedrivePolicy"].(map[string]any)
		if got := redrive["deadLetterTargetArn"]; got != nested.Outputs["DeadLettersArn"] {
			t.Errorf("%s: dead letters go to %v", id, got)
		}
		if got, want := number(t, redrive["maxReceiveCount"]), f.Environment["INFRAUDIT_MAX_RECEIVES"]; got != 5 || want != "5" {
			t.Errorf("%s delivers %v times, and %s thinks %s", id, got, f.ID, want)
		}
		if got := number(t, queue.Properties["VisibilityTimeout"]); got < int(f.Timeout.Seconds()) {
			t.Errorf("%s hides messages for %d s, while %s runs for %v", id, got, f.ID, f.Timeout)
		}
	}
	if len(sources) > 0 {
		t.Errorf("functions work on queues without dead letters: %v", sources)
	}
}

func number(t *testing.T, v any) int {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.Trim(string(text), `"`))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// queueNames are the queues by the names of their variables.
var queueNames = map[string]string{
	"DISPATCH": "DispatchQueue", "RESOURCE_SYNC": "ResourceSyncQueue", "DRIFT_DETECTION": "DriftDetectionQueue",
	"COMPLIANCE_CHECK": "ComplianceCheckQueue", "ATTRIBUTION": "AttributionQueue", "EXPORT": "ExportQueue",
	"EVENTS": "EventsQueue", "MAINTENANCE": "MaintenanceQueue",
}

func TestEveryFunctionIsToldOfWhatItUsesAndMayUseIt(t *testing.T) {
	t.Parallel()
	s := expanded(t).Plan(t)
	const tables = "arn:aws:dynamodb:us-east-1:123456789012:table/"
	for id, f := range functions(t, s) {
		if len(f.Sources) == 0 && id != "ApiFunction" {
			t.Errorf("%s: nothing wakes it", id)
		}
		for _, source := range f.Sources {
			if !told(f, source.QueueURL) {
				t.Errorf("%s isn't told of the queue that it works on", id)
			}
			for _, action := range []string{"ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes"} {
				if !f.Allows("sqs:"+action, source.QueueARN) {
					t.Errorf("%s may not %s its queue", id, action)
				}
			}
		}
		for name, value := range f.Environment {
			if variable, ok := strings.CutPrefix(name, "INFRAUDIT_QUEUE_"); ok {
				queue := s.Nested[queueNames[variable]]
				if queue == nil || queue.Outputs["Url"] != value {
					t.Errorf("%s: %s is %s", id, name, value)
				} else if arn := queue.Outputs["Arn"]; !f.Allows("sqs:SendMessage", arn) && !slices.ContainsFunc(f.Sources, func(s deploytest.Source) bool { return s.QueueARN == arn }) {
					t.Errorf("%s is told of %s and may do nothing with it", id, name)
				}
			}
			if variable, ok := strings.CutPrefix(name, "INFRAUDIT_TABLE_"); ok {
				if want := "infraudit-plan-" + strings.ToUpper(variable[:1]) + strings.ToLower(variable[1:]) + "Table"; value != want {
					t.Errorf("%s: %s is %s", id, name, value)
				}
				if !f.Allows("dynamodb:Query", tables+value) {
					t.Errorf("%s may not read %s", id, value)
				}
			}
		}
		if _, told := f.Environment["INFRAUDIT_BUCKET"]; told != f.Allows("s3:GetObject", "arn:aws:s3:::infraudit-plan-Blobs/team_1/a") {
			t.Errorf("%s: told of the bucket: %v; allowed: %v", id, told, !told)
		}
		if _, told := f.Environment["INFRAUDIT_KMS_KEY"]; told != f.Allows("kms:Decrypt", s.Outputs["CredentialsKeyArn"]) {
			t.Errorf("%s: told of the credentials' key: %v; allowed: %v", id, told, !told)
		}
		// Notify opens webhooks' secrets alone, by the same key; maintenance adds sealing keys.
		entersNone := id == "NotifyFunction" || id == "MaintenanceFunction"
		if !entersNone && f.Allows("kms:Decrypt", s.Outputs["CredentialsKeyArn"]) != f.Allows("sts:AssumeRole", "arn:aws:iam::210987654321:role/InfraAuditReadOnly") {
			t.Errorf("%s can read credentials, or assume roles, without the other", id)
		}
		if entersNone && f.Allows("sts:AssumeRole", "arn:aws:iam::210987654321:role/InfraAuditReadOnly") {
			t.Errorf("%s may enter accounts", id)
		}
		if f.Allows("sts:AssumeRole", "arn:aws:iam::210987654321:role/Admin") {
			t.Errorf("%s may assume any role", id)
		}
		if !f.Allows("dynamodb:UpdateItem", tables+"infraudit-plan-ControlTable") {
			t.Errorf("%s may not lease a task", id)
		}
		for other, arn := range map[string]string{"another table": tables + "orders", "an index": tables + "infraudit-plan-ControlTable/index/due"} {
			if f.Allows("dynamodb:PutItem", arn) {
				t.Errorf("%s may write %s", id, other)
			}
		}
	}
}

func told(f deploytest.Function, value string) bool {
	return slices.Contains(slices.Collect(maps.Values(f.Environment)), value)
}

func TestRolesNameActionsAndResources(t *testing.T) {
	t.Parallel()
	// Actions whose service has no resources to name. Source: Service Authorization Reference, "AWS X-Ray".
	everywhere := []string{"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
	s := expanded(t).Plan(t, withDomain...)
	roles := map[string]int{}
	for id, f := range functions(t, s) {
		if len(f.Statements) < 3 {
			t.Errorf("%s: %d statements", id, len(f.Statements))
		}
		role, _ := s.Resources[id].Properties["Role"].(string)
		roles[role]++
		for _, statement := range f.Statements {
			if statement.Effect != "Allow" {
				t.Errorf("%s: %v", id, statement)
			}
			for _, action := range statement.Actions {
				if strings.Contains(action, "*") {
					t.Errorf("%s may %s", id, action)
				}
			}
			if slices.Contains(statement.Resources, "*") && !cmp.Equal(statement.Actions, everywhere) {
				t.Errorf("%s may %v everywhere", id, statement.Actions)
			}
		}
	}
	for role, n := range roles {
		if n > 1 {
			t.Errorf("%d functions have %s", n, role)
		}
	}
	for id, r := range s.OfType("AWS::IAM::Role") {
		for _, arn := range texts(r.Properties["ManagedPolicyArns"]) {
			if !strings.HasPrefix(arn, "arn:aws:iam::"+deploytest.Account+":policy/") {
				t.Errorf("%s has a policy that isn't ours: %s", id, arn)
			}
		}
	}
}

func texts(v any) []string {
	list, _ := v.([]any)
	var out []string
	for _, each := range list {
		if text, ok := each.(string); ok {
			out = append(out, text)
		}
	}
	return out
}

func TestTheScheduleSendsTheSampleEventEachMinute(t *testing.T) {
	t.Parallel()
	s := expanded(t).Plan(t)
	for id, f := range functions(t, s) {
		if (len(f.Inputs) > 0) != (id == "DispatchFunction") {
			t.Errorf("%s: schedules send %v", id, f.Inputs)
		}
	}
	var got, want any
	sample, err := os.ReadFile(filepath.Join(root(t), "events", "dispatch.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(sample, &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(functions(t, s)["DispatchFunction"].Inputs[0]), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("input (-events/dispatch.json +schedule):\n%s", diff)
	}
	schedules := s.OfType("AWS::Scheduler::Schedule")
	if len(schedules) != 1 {
		t.Fatalf("%d schedules", len(schedules))
	}
	for id, r := range schedules {
		target, _ := r.Properties["Target"].(map[string]any)
		letters, _ := target["DeadLetterConfig"].(map[string]any)
		if r.Properties["ScheduleExpression"] != "rate(1 minute)" || letters["Arn"] != s.Outputs["ScheduleDeadLettersArn"] ||
			r.Properties["State"] == "DISABLED" {
			t.Errorf("%s: %v", id, r.Properties)
		}
	}
}

// TestAlarmsWatchEverything compares what alarms watch with what there is to be watched.
func TestAlarmsWatchEverything(t *testing.T) {
	t.Parallel()
	s := expanded(t).Plan(t)
	var want []string
	for id, f := range functions(t, s) {
		want = append(want, "AWS/Lambda Errors "+f.Name, "AWS/Lambda Throttles "+f.Name)
		if f.Name != "infraudit-plan-"+id {
			t.Errorf("%s is called %s", id, f.Name)
		}
	}
	for id := range s.OfType("AWS::SQS::Queue") {
		metric, name := "ApproximateNumberOfMessagesVisible", "infraudit-plan-"+strings.ReplaceAll(id, "/", "-")
		if strings.HasSuffix(id, "/Queue") {
			metric = "ApproximateAgeOfOldestMessage"
		}
		want = append(want, "AWS/SQS "+metric+" "+name)
	}
	want = append(want, "AWS/ApiGateway 5xx infraudit-plan-Api",
		"AWS/Scheduler TargetErrorCount infraudit-plan-Schedules", "AWS/Scheduler InvocationAttemptCount infraudit-plan-Schedules")
	var got []string
	for id, r := range s.OfType("AWS::CloudWatch::Alarm") {
		dimensions, _ := r.Properties["Dimensions"].([]any)
		if len(dimensions) != 1 {
			t.Errorf("%s: dimensions %v", id, dimensions)
			continue
		}
		dimension, _ := dimensions[0].(map[string]any)
		got = append(got, strings.Join([]string{
			text(r.Properties["Namespace"]), text(r.Properties["MetricName"]), text(dimension["Value"]),
		}, " "))
		for _, list := range []string{"AlarmActions", "OKActions"} {
			if actions := texts(r.Properties[list]); !slices.Equal(actions, []string{s.Outputs["AlarmTopicArn"]}) {
				t.Errorf("%s: %s %v", id, list, actions)
			}
		}
		checkManual(t, id, text(r.Properties["AlarmDescription"]))
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what alarms watch (-want +got):\n%s", diff)
	}
}

func text(v any) string { s, _ := v.(string); return s }

// checkManual looks up the heading that an alarm's description names.
func checkManual(t *testing.T, id, description string) {
	t.Helper()
	_, rest, ok := strings.Cut(description, `docs/operations.md, "`)
	heading, _, closed := strings.Cut(rest, `"`)
	if !ok || !closed {
		t.Errorf("%s doesn't say what to do: %s", id, description)
		return
	}
	manual, err := os.ReadFile(filepath.Join(root(t), "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(manual), "# "+heading+"\n") {
		t.Errorf("%s: docs/operations.md has no heading %q", id, heading)
	}
}

func TestTheBucketIsPrivateAndTidiesUp(t *testing.T) {
	t.Parallel()
	s := expanded(t).Plan(t)
	bucket := s.Resources["Blobs"].Properties
	for name, on := range bucket["PublicAccessBlockConfiguration"].(map[string]any) {
		if on != true {
			t.Errorf("%s is %v", name, on)
		}
	}
	if n := len(bucket["PublicAccessBlockConfiguration"].(map[string]any)); n != 4 {
		t.Errorf("%d of 4 kinds of public access are blocked", n)
	}
	expires := map[string]int{}
	leftovers := false
	for _, rule := range bucket["LifecycleConfiguration"].(map[string]any)["Rules"].([]any) {
		r, _ := rule.(map[string]any)
		if r["Status"] != "Enabled" {
			t.Errorf("rule %v is off", r["Id"])
		}
		if tags, ok := r["TagFilters"].([]any); ok {
			tag, _ := tags[0].(map[string]any)
			expires[text(tag["Value"])] = number(t, r["ExpirationInDays"])
		} else {
			leftovers = r["AbortIncompleteMultipartUpload"] != nil && r["NoncurrentVersionExpiration"] != nil
		}
	}
	want := map[string]int{"exports": 2, "place": 30, "judged": 30, "queue": 30}
	if diff := cmp.Diff(want, expires); diff != "" || !leftovers {
		t.Errorf("days until objects expire (-want +got), leftovers %v:\n%s", leftovers, diff)
	}
}

func TestOnlyTLSReachesBucketQueuesAndTopic(t *testing.T) {
	t.Parallel()
	s := expanded(t).Plan(t)
	refused := map[string]bool{}
	for _, typ := range []string{"AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"} {
		for _, r := range s.OfType(typ) {
			document, _ := r.Properties["PolicyDocument"].(map[string]any)
			statements, _ := document["Statement"].([]any)
			for _, each := range statements {
				statement, _ := each.(map[string]any)
				want := map[string]any{"Bool": map[string]any{"aws:SecureTransport": false}}
				if statement["Effect"] != "Deny" || statement["Principal"] != "*" || !cmp.Equal(want, statement["Condition"]) {
					continue
				}
				if one, ok := statement["Resource"].(string); ok {
					refused[one] = true
				}
				for _, arn := range texts(statement["Resource"]) {
					refused[arn] = true
				}
			}
		}
	}
	want := map[string]bool{
		"arn:aws:s3:::infraudit-plan-Blobs": true, "arn:aws:s3:::infraudit-plan-Blobs/*": true, s.Outputs["AlarmTopicArn"]: true,
	}
	for id := range s.OfType("AWS::SQS::Queue") {
		want["arn:aws:sqs:us-east-1:123456789012:infraudit-plan-"+strings.ReplaceAll(id, "/", "-")] = true
	}
	if diff := cmp.Diff(want, refused); diff != "" {
		t.Errorf("what refuses plain HTTP (-want +got):\n%s", diff)
	}
}

func TestEveryFunctionRunsAndLogsAsTheOthers(t *testing.T) {
	t.Parallel()
	s := expanded(t).Plan(t, "LogRetentionDays=14")
	groups := map[string]bool{}
	for id, r := range s.OfType("AWS::Logs::LogGroup") {
		if number(t, r.Properties["RetentionInDays"]) != 14 || r.Properties["KmsKeyId"] != s.Outputs["DataKeyArn"] {
			t.Errorf("%s: %v", id, r.Properties)
		}
		groups[text(r.Properties["LogGroupName"])] = true
	}
	for id, f := range functions(t, s) {
		p := s.Resources[id].Properties
		if p["Runtime"] != "provided.al2023" || !cmp.Equal(p["Architectures"], []any{"arm64"}) || p["Handler"] != "bootstrap" ||
			!cmp.Equal(p["TracingConfig"], map[string]any{"Mode": "Active"}) {
			t.Errorf("%s: %v", id, p)
		}
		logging, _ := p["LoggingConfig"].(map[string]any)
		group := text(logging["LogGroup"])
		if !groups[group] || logging["LogFormat"] != "JSON" || logging["ApplicationLogLevel"] != "TRACE" {
			t.Errorf("%s logs to %v", id, logging)
		}
		delete(groups, group)
		stream := "arn:aws:logs:us-east-1:123456789012:log-group:" + group + ":log-stream:1"
		if !f.Allows("logs:PutLogEvents", stream) || !f.Allows("logs:CreateLogStream", stream) {
			t.Errorf("%s may not write its log", id)
		}
	}
	if len(groups) != 1 { // the API's access log
		t.Errorf("log groups that nobody writes: %v", groups)
	}
}

func TestTheAPIAnswersEveryPathWithThrottlingAndAccessLogs(t *testing.T) {
	t.Parallel()
	s := expanded(t).Plan(t, append(withDomain, "ThrottleRate=7", "ThrottleBurst=9")...)
	api, err := json.Marshal(s.Resources["Api"].Properties)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		`"$default":{"x-amazon-apigateway-any-method"`, `"payloadFormatVersion":"2.0"`,
		"functions/arn:aws:lambda:us-east-1:123456789012:function:infraudit-plan-ApiFunction/invocations",
	} {
		if !strings.Contains(string(api), part) {
			t.Errorf("no %s in %s", part, api)
		}
	}
	stage := s.Resources["ApiApiGatewayDefaultStage"].Properties
	settings, _ := stage["DefaultRouteSettings"].(map[string]any)
	if number(t, settings["ThrottlingRateLimit"]) != 7 || number(t, settings["ThrottlingBurstLimit"]) != 9 {
		t.Errorf("throttling: %v", settings)
	}
	logs, _ := stage["AccessLogSettings"].(map[string]any)
	if arn := text(logs["DestinationArn"]); !strings.Contains(arn, ":log-group:/aws/vendedlogs/infraudit/infraudit-plan/access") {
		t.Errorf("access log: %s", arn)
	}
	var line map[string]string
	if err := json.Unmarshal([]byte(text(logs["Format"])), &line); err != nil {
		t.Errorf("access log's format: %v", err)
	}
	if got, want := s.Outputs["ApiUrl"], "https://audit.example.com"; got != want {
		t.Errorf("ApiUrl is %s, want %s", got, want)
	}
	if got, want := expanded(t).Plan(t).Outputs["ApiUrl"], "https://infraudit-plan-Api.execute-api.us-east-1.amazonaws.com"; got != want {
		t.Errorf("without a domain, ApiUrl is %s, want %s", got, want)
	}
}

func TestParametersAndOutputsSayWhatTheyAre(t *testing.T) {
	t.Parallel()
	templates := expanded(t)
	for url, template := range templates {
		for id, p := range template.Parameters {
			if len(p.Description) < 10 {
				t.Errorf("%s: parameter %s has no description", url, id)
			}
			if url == "" && p.Default == nil {
				t.Errorf("parameter %s has no default", id)
			}
		}
		for id, o := range template.Outputs {
			if len(o.Description) < 10 {
				t.Errorf("%s: output %s has no description", url, id)
			}
		}
	}
}

func TestEveryFunctionHasATargetThatBuildsItAndASampleEvent(t *testing.T) {
	t.Parallel()
	for id, f := range functions(t, expanded(t).Plan(t)) {
		plan := run(t, root(t), "make", "--dry-run", "build-"+id, "ARTIFACTS_DIR=/out")
		for _, part := range []string{"GOOS=linux GOARCH=arm64", "CGO_ENABLED=0", `-o "/out/bootstrap" ` + f.Package(), "lambda.norpc"} {
			if !strings.Contains(strings.ReplaceAll(plan, "\\\n\t", ""), part) {
				t.Errorf("build-%s: no %q in %s", id, part, plan)
			}
		}
		if _, err := os.Stat(filepath.Join(root(t), "events", filepath.Base(f.Package())+".json")); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
}
