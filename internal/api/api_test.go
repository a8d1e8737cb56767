package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/api"
	"github.com/infraudit/infraudit/internal/api/apitest"
	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
)

// harness is an API over the fake, and what it logged.
type harness struct {
	*apitest.Fake
	http.Handler
	log bytes.Buffer
}

func newHarness(t *testing.T) *harness {
	t.Helper()
	h := &harness{Fake: apitest.New()}
	var err error
	h.Handler, err = api.New(api.Config{
		Services: h.Services(), Version: "test",
		Log: slog.New(slog.NewTextHandler(&h.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

type request struct {
	method, path, body, token string
	header                    map[string]string
}

func (h *harness) do(r request) *httptest.ResponseRecorder {
	var body io.Reader
	if r.body != "" {
		body = strings.NewReader(r.body)
	}
	req := httptest.NewRequest(r.method, r.path, body)
	if r.token == "" {
		r.token = apitest.Token
	}
	if r.token != "none" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	if r.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for k, v := range r.header {
		req.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

func decode[T any](t *testing.T, w *httptest.ResponseRecorder) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("answer %d is not JSON: %v\n%s", w.Code, err, w.Body)
	}
	return v
}

type listOf[T any] struct {
	Data []T `json:"data"`
	Meta struct {
		NextCursor string `json:"next_cursor"`
	} `json:"meta"`
}

// ids finds ids that exist in the fake.
type ids struct{ provider, resource, baseline, drift, finding, job, execution, webhook, delivery string }

func (h *harness) ids(t *testing.T) ids {
	t.Helper()
	get := func(path string) map[string]any {
		l := decode[listOf[map[string]any]](t, h.do(request{method: "GET", path: "/api/v1" + path}))
		return l.Data[0]
	}
	r := get("/resources")["resource_id"].(string)
	e := decode[audit.Execution](t, h.do(request{method: "POST", path: "/api/v1/drifts/detect"}))
	hook := decode[audit.Webhook](t, h.do(request{
		method: "POST", path: "/api/v1/webhooks", body: `{"name":"first","url":"https://example.com/hook","events":["job.failed"]}`,
	}))
	d := decode[audit.Delivery](t, h.do(request{method: "POST", path: "/api/v1/webhooks/" + hook.ID + "/test"}))
	return ids{
		webhook: hook.ID, delivery: d.ID,
		provider: apitest.ProviderID(), resource: r, baseline: get("/baselines?resource=" + r)["id"].(string),
		drift: get("/drifts")["id"].(string), finding: get("/findings")["id"].(string), job: get("/jobs")["id"].(string), execution: e.ID,
	}
}

func TestOperations(t *testing.T) {
	for name, c := range map[string]struct {
		do     string // method and path, with ids in braces
		body   string
		status int
		has    string // a part of the answer
		at     string // a prefix of Location
	}{
		"me":                           {do: "GET /auth/me", status: 200, has: `"user_id":"usr_ada"`},
		"providers":                    {do: "GET /providers?type=aws&status=partial", status: 200, has: `"name":"production"`},
		"a provider":                   {do: "GET /providers/{provider}", status: 200, has: `"sync_status":"partial"`},
		"rename a provider":            {do: "PATCH /providers/{provider}", body: `{"name":"prod"}`, status: 200, has: `"name":"prod"`},
		"disconnect a provider":        {do: "DELETE /providers/{provider}", status: 204},
		"sync a provider":              {do: "POST /providers/{provider}/sync", status: 202, has: `"status":"running"`, at: "/api/v1/executions/exe_"},
		"coverage":                     {do: "GET /providers/{provider}/coverage", status: 200, has: `"count":null,"action":"ec2:DescribeSnapshots"`},
		"role template":                {do: "GET /providers/aws/role-template?account_id=123456789012", status: 200, has: `"external_id":"infraudit-abcdef"`},
		"connect by role":              {do: "POST /providers/aws/connect", body: `{"role_arn":"arn:aws:iam::210987654321:role/x","account_id":"210987654321"}`, status: 201, has: `"execution_id":"exe_`, at: "/api/v1/providers/prv_"},
		"connect by default chain":     {do: "POST /providers/aws/connect", body: `{"use_default_chain":true,"name":"here"}`, status: 201, has: `"auth_method":"default"`},
		"connect a gcp project":        {do: "POST /providers/gcp/connect", body: `{"project":"x"}`, status: 422, has: `"code":"unsupported_provider"`},
		"resources":                    {do: "GET /resources?type=s3_bucket&tag=env%3Dprod&status=active,stopped", status: 200, has: `"name":"acme-logs"`},
		"a resource":                   {do: "GET /resources/{resource}", status: 200, has: `"tags":{"env":"prod"}`},
		"its configuration":            {do: "GET /resources/{resource}/config", status: 200, has: `"facts":{"State":"available"}`},
		"an earlier configuration":     {do: "GET /resources/{resource}/config?hash=hash-0-old", status: 200, has: `"hash":"hash-0-old"`},
		"its drifts":                   {do: "GET /resources/{resource}/drifts?status=detected,resolved", status: 200, has: `"path":"SecurityGroupIngress"`},
		"its history":                  {do: "GET /resources/{resource}/history", status: 200, has: `"kind":"changed"`},
		"forget a resource":            {do: "DELETE /resources/{resource}", status: 204},
		"export":                       {do: "POST /resources/export", body: `{"type":"s3_bucket"}`, status: 202, at: "/api/v1/executions/exe_"},
		"export everything":            {do: "POST /resources/export", status: 202},
		"baselines":                    {do: "GET /baselines?resource={resource}", status: 200, has: `"kind":"automatic"`},
		"capture":                      {do: "POST /baselines", body: `{"resource_id":"{resource}","name":"after the audit"}`, status: 201, has: `"captured_by":"usr_ada"`, at: "/api/v1/baselines/bas_"},
		"a baseline":                   {do: "GET /baselines/{baseline}", status: 200, has: `"config_hash":"hash-0-old"`},
		"a baseline's configuration":   {do: "GET /baselines/{baseline}/config", status: 200, has: `"Size":1`},
		"compare a baseline to itself": {do: "GET /baselines/compare?from={baseline}&to={baseline}", status: 200, has: `"changes":[]`},
		"delete the only baseline":     {do: "DELETE /baselines/{baseline}", status: 409, has: `"code":"only_baseline"`},
		"findings":                     {do: "GET /findings?severity=critical,high&rule=ec2-security-group-ssh-restricted", status: 200, has: `"reason":"SecurityGroupIngress is`},
		"count findings":               {do: "GET /findings/summary?status=open,resolved", status: 200, has: `"by_resource_type":{"ec2_security_group":1,"s3_bucket":1}`},
		"a finding":                    {do: "GET /findings/{finding}", status: 200, has: `"status":"open"`},
		"a resource's findings":        {do: "GET /resources/{resource}/findings", status: 200, has: `"rule_id":"ec2-security-group-ssh-restricted"`},
		"rules":                        {do: "GET /rules?framework=cis-aws-7.0&severity=low&resource_type=s3_bucket&category=backup", status: 200, has: `"controls":["2.1.1"]`},
		"a rule":                       {do: "GET /rules/s3-bucket-versioning-enabled", status: 200, has: `"custom":false`},
		"add a rule":                   {do: "POST /rules", body: `{"yaml":"id: acme-x\n"}`, status: 201, has: `"custom":true`, at: "/api/v1/rules/acme-x"},
		"check a rule":                 {do: "POST /rules/validate", body: `{"yaml":"id: acme-x\n"}`, status: 200, has: `"id":"acme-x"`},
		"check a broken rule":          {do: "POST /rules/validate", body: `{"yaml":"title: x"}`, status: 422, has: `"field":"yaml.id"`},
		"delete a built-in rule":       {do: "DELETE /rules/s3-bucket-versioning-enabled", status: 409, has: `"code":"built_in_rule"`},
		"waivers":                      {do: "GET /waivers", status: 200, has: `"data":[]`},
		"waive":                        {do: "POST /waivers", body: `{"rule_id":"s3-bucket-versioning-enabled","reason":"scratch data","expires_at":"2027-01-01T00:00:00Z"}`, status: 201, has: `"author":"usr_ada"`, at: "/api/v1/waivers/wvr_"},
		"change a waiver of nobody":    {do: "PATCH /waivers/wvr_none", body: `{"reason":"better"}`, status: 404},
		"waive nothing":                {do: "POST /waivers", body: `{"reason":"all is well","expires_at":"2027-01-01T00:00:00Z"}`, status: 422, has: `"field":"rule_id"`},
		"frameworks":                   {do: "GET /compliance/frameworks", status: 200, has: `"controls":3,"mapped":2,"assessed":2,"enabled":true,"provider_ids":[]`},
		"a framework":                  {do: "GET /compliance/frameworks/cis-aws-7.0", status: 200, has: `"control_list":[{"id":"2.1.1"`},
		"a framework that isn't there": {do: "GET /compliance/frameworks/acme", status: 404},
		"add a framework":              {do: "POST /compliance/frameworks", body: `{"yaml":"id: acme\n"}`, status: 201, has: `"custom":true`, at: "/api/v1/compliance/frameworks/acme"},
		"check a framework":            {do: "POST /compliance/frameworks/validate", body: `{"yaml":"id: acme\n"}`, status: 200, has: `"id":"acme"`},
		"check a broken framework":     {do: "POST /compliance/frameworks/validate", body: `{"yaml":"title: x"}`, status: 422, has: `{"field":"yaml.id","message":"line 1: is required"}`},
		"a framework of over 1 MB":     {do: "POST /compliance/frameworks", body: `{"yaml":"` + strings.Repeat("#", 1<<20+1) + `"}`, status: 422, has: `"field":"yaml"`},
		"replace what isn't there":     {do: "PUT /compliance/frameworks/acme", body: `{"yaml":"id: acme\n"}`, status: 404},
		"replace a built-in framework": {do: "PUT /compliance/frameworks/cis-aws-7.0", body: `{"yaml":"id: cis-aws-7.0\n"}`, status: 409, has: `"code":"built_in_framework"`},
		"delete a built-in framework":  {do: "DELETE /compliance/frameworks/cis-aws-7.0", status: 409, has: `"code":"built_in_framework"`},
		"enable a framework":           {do: "POST /compliance/frameworks/cis-aws-7.0/enable", body: `{"provider_ids":["{provider}"]}`, status: 200, has: `"provider_ids":["prv_`},
		"enable it for no provider":    {do: "POST /compliance/frameworks/cis-aws-7.0/enable", body: `{"provider_ids":["prv_x"]}`, status: 422, has: `"field":"provider_ids"`},
		"disable a framework":          {do: "POST /compliance/frameworks/cis-aws-7.0/disable", status: 200, has: `"enabled":false`},
		"assess":                       {do: "POST /compliance/assess", status: 202, has: `"type":"compliance_check"`, at: "/api/v1/executions/exe_"},
		"assess a provider":            {do: "POST /compliance/assess", body: `{"provider_id":"{provider}"}`, status: 202, has: `"scope":{"provider_id":"prv_`},
		"assessments":                  {do: "GET /compliance/assessments?framework=cis-aws-7.0&limit=1", status: 200, has: `"previous_id":"asm_1","score":0.5`},
		"an assessment":                {do: "GET /compliance/assessments/asm_2", status: 200, has: `"results":[{"finding_id":"fnd_`},
		"what an assessment changed":   {do: "GET /compliance/assessments/asm_2/changes", status: 200, has: `"from":"passed","to":"failed"`},
		"the first changed nothing":    {do: "GET /compliance/assessments/asm_1/changes", status: 404},
		"drifts":                       {do: "GET /drifts?severity=critical,high&type=configuration", status: 200, has: `"severity":"critical"`},
		"a drift":                      {do: "GET /drifts/{drift}", status: 200, has: `"name":"mallory"`},
		"drift summary":                {do: "GET /drifts/summary?region=global", status: 200, has: `"total":1`},
		"detect":                       {do: "POST /drifts/detect", body: `{"provider_id":"{provider}"}`, status: 202, at: "/api/v1/executions/exe_"},
		"investigate":                  {do: "PATCH /drifts/{drift}", body: `{"status":"investigating"}`, status: 200, has: `"status":"investigating"`},
		"resolve":                      {do: "POST /drifts/{drift}/resolve", status: 200, has: `"resolved_by":"usr_ada"`},
		"resolve and capture":          {do: "POST /drifts/{drift}/resolve", body: `{"capture_baseline":true}`, status: 200, has: `"baseline":{"id":"bas_`},
		"jobs":                         {do: "GET /jobs?enabled=true&type=resource_sync", status: 200, has: `"default":true`},
		"create a job":                 {do: "POST /jobs", body: `{"type":"drift_detection","name":"often","schedule":"*/5 * * * *"}`, status: 201, has: `"enabled":true`, at: "/api/v1/jobs/job_"},
		"a job with a bad schedule":    {do: "POST /jobs", body: `{"type":"resource_sync","name":"x","schedule":"hourly"}`, status: 422, has: `"errors":[{"field":"schedule"`},
		"a job":                        {do: "GET /jobs/{job}", status: 200, has: `"schedule":"0 */6 * * *"`},
		"change a job":                 {do: "PATCH /jobs/{job}", body: `{"name":"sync"}`, status: 200, has: `"name":"sync"`},
		"enable a job":                 {do: "POST /jobs/{job}/enable", status: 200, has: `"enabled":true`},
		"disable a job":                {do: "POST /jobs/{job}/disable", status: 200, has: `"enabled":false`},
		"delete a default job":         {do: "DELETE /jobs/{job}", status: 409, has: `"code":"default_job"`},
		"trigger a job":                {do: "POST /jobs/{job}/trigger", status: 202, has: `"log":[]`},
		"a job's runs":                 {do: "GET /jobs/{job}/executions", status: 200, has: `"data":[]`},
		"executions":                   {do: "GET /executions?status=running", status: 200, has: `"type":"drift_detection"`},
		"an execution":                 {do: "GET /executions/{execution}", status: 200, has: `"tasks_done":1`},
		"webhooks":                     {do: "GET /webhooks", status: 200, has: `"events":["job.failed"],"enabled":true`},
		"a webhook":                    {do: "GET /webhooks/{webhook}", status: 200, has: `"url":"https://example.com/hook"`},
		"create a webhook":             {do: "POST /webhooks", body: `{"name":"n","url":"https://example.com/","events":["drift.detected"],"enabled":false}`, status: 201, has: `"secret":"whs_of_the_fake"`, at: "/api/v1/webhooks/whk_"},
		"a webhook that leads inside":  {do: "POST /webhooks", body: `{"name":"n","url":"https://10.0.0.1/","events":["drift.detected"]}`, status: 422, has: `"field":"url"`},
		"a webhook of another event":   {do: "POST /webhooks", body: `{"name":"n","url":"https://example.com/","events":["drift.gone"]}`, status: 422, has: `"field":"events[0]"`},
		"a webhook of no event":        {do: "POST /webhooks", body: `{"name":"n","url":"https://example.com/","events":[]}`, status: 422, has: `"field":"events"`},
		"change a webhook":             {do: "PATCH /webhooks/{webhook}", body: `{"enabled":false,"events":["drift.resolved"]}`, status: 200, has: `"events":["drift.resolved"],"enabled":false`},
		"delete a webhook":             {do: "DELETE /webhooks/{webhook}", status: 204},
		"try a webhook":                {do: "POST /webhooks/{webhook}/test", status: 200, has: `"event":"ping","status":"failed"`},
		"rotate a secret":              {do: "POST /webhooks/{webhook}/rotate-secret", status: 200, has: `"previous_secret_until":"2026-11-24T`},
		"rotate a secret at once":      {do: "POST /webhooks/{webhook}/rotate-secret", body: `{"overlap_hours":0}`, status: 200, has: `"secret":"whs_of_the_fake"`},
		"deliveries":                   {do: "GET /webhooks/{webhook}/deliveries?status=failed&event=ping", status: 200, has: `"response_status":502,"response_excerpt":"no backend"`},
		"a delivery":                   {do: "GET /webhooks/{webhook}/deliveries/{delivery}", status: 200, has: `"error":"the receiver answered 502"`},
		"send it again":                {do: "POST /webhooks/{webhook}/deliveries/{delivery}/redeliver", status: 202, has: `"status":"pending"`, at: "/api/v1/webhooks/whk_"},
		"cancel":                       {do: "POST /executions/{execution}/cancel", status: 200, has: `"status":"cancelled"`},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t)
			fill := h.ids(t).replacer()
			method, path, _ := strings.Cut(fill.Replace(c.do), " ")
			w := h.do(request{method: method, path: "/api/v1" + path, body: fill.Replace(c.body)})
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.has) {
				t.Errorf("answered %d, want %d with %s\n%s", w.Code, c.status, c.has, w.Body)
			}
			if !strings.HasPrefix(w.Header().Get("Location"), c.at) {
				t.Errorf("Location is %q, want one below %s", w.Header().Get("Location"), c.at)
			}
		})
	}
}

func (i ids) replacer() *strings.Replacer {
	return strings.NewReplacer("{provider}", i.provider, "{resource}", i.resource, "{baseline}", i.baseline,
		"{webhook}", i.webhook, "{delivery}", i.delivery, "{drift}", i.drift, "{finding}", i.finding, "{job}", i.job, "{execution}", i.execution)
}

func TestRefusals(t *testing.T) {
	const connect = "POST /api/v1/providers/aws/connect"
	for name, c := range map[string]struct {
		do, body, token string
		header          map[string]string
		status          int
		code            string
		fields          []string
	}{
		"no token":                      {do: "GET /api/v1/providers", token: "none", status: 401, code: "unauthorized"},
		"a wrong token":                 {do: "GET /api/v1/providers", token: "wrong", status: 401, code: "unauthorized"},
		"an unknown path without token": {do: "GET /api/v1/nothing", token: "none", status: 401, code: "unauthorized"},
		"an unknown path":               {do: "GET /api/v1/nothing", status: 404, code: "not_found"},
		"a wrong method":                {do: "PUT /api/v1/providers", status: 405, code: "method_not_allowed"},
		"malformed JSON":                {do: "POST /api/v1/jobs", body: `{"name":`, status: 400, code: "malformed"},
		"no body":                       {do: "POST /api/v1/jobs", status: 400, code: "malformed"},
		"another media type":            {do: "POST /api/v1/jobs", body: "a=b", header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, status: 415, code: "unsupported_media_type"},
		"an unknown field":              {do: "POST /api/v1/jobs", body: `{"type":"resource_sync","name":"x","colour":"red"}`, status: 422, code: "invalid", fields: []string{"colour"}},
		"a missing field":               {do: "POST /api/v1/jobs", body: `{"type":"resource_sync"}`, status: 422, code: "invalid", fields: []string{"name"}},
		"a nested unknown field":        {do: "POST /api/v1/jobs", body: `{"type":"resource_sync","name":"x","scope":{"team_id":"y"}}`, status: 422, code: "invalid", fields: []string{"scope.team_id"}},
		"a value outside the set":       {do: "PATCH /api/v1/drifts/{drift}", body: `{"status":"gone"}`, status: 422, code: "invalid", fields: []string{"status"}},
		"an unknown parameter":          {do: "GET /api/v1/drifts?colour=red", status: 422, code: "invalid", fields: []string{"colour"}},
		"a limit of zero":               {do: "GET /api/v1/drifts?limit=0", status: 422, code: "invalid", fields: []string{"limit"}},
		"a limit over the bound":        {do: "GET /api/v1/drifts?limit=201", status: 422, code: "invalid", fields: []string{"limit"}},
		"a limit that is no number":     {do: "GET /api/v1/drifts?limit=many", status: 422, code: "invalid", fields: []string{"limit"}},
		"a severity that isn't one":     {do: "GET /api/v1/drifts?severity=critical,awful", status: 422, code: "invalid", fields: []string{"severity[1]"}},
		"a time that isn't one":         {do: "GET /api/v1/drifts?since=yesterday", status: 422, code: "invalid", fields: []string{"since"}},
		"a tag without a key":           {do: "GET /api/v1/resources?tag=%3Dprod", status: 422, code: "invalid", fields: []string{"tag"}},
		"baselines of no resource":      {do: "GET /api/v1/baselines", status: 422, code: "invalid", fields: []string{"resource"}},
		"an illegal step":               {do: "POST /api/v1/executions/{execution}/cancel", status: 409, code: "illegal_transition"},
		"a cursor that isn't one":       {do: "GET /api/v1/resources?cursor=xyz", status: 400, code: "bad_cursor"},
		"a template for no account":     {do: "GET /api/v1/providers/aws/role-template?account_id=12", status: 422, code: "invalid", fields: []string{"account_id"}},
		"no way in":                     {do: connect, body: `{}`, status: 422, code: "invalid", fields: []string{"role_arn", "access_key_id", "use_default_chain"}},
		"two ways in":                   {do: connect, body: `{"use_default_chain":true,"role_arn":"arn:aws:iam::210987654321:role/x"}`, status: 422, code: "invalid", fields: []string{"role_arn", "use_default_chain"}},
		"half an access key":            {do: connect, body: `{"access_key_id":"AKIAIOSFODNN7EXAMPLE"}`, status: 422, code: "invalid", fields: []string{"secret_access_key"}},
		"a secret alone":                {do: connect, body: `{"secret_access_key":"s3cr3t"}`, status: 422, code: "invalid", fields: []string{"access_key_id"}},
		"a temporary key without token": {do: connect, body: `{"access_key_id":"ASIAIOSFODNN7EXAMPLE","secret_access_key":"s3cr3t"}`, status: 422, code: "invalid", fields: []string{"session_token"}},
		"a user's ARN":                  {do: connect, body: `{"role_arn":"arn:aws:iam::210987654321:user/x"}`, status: 422, code: "invalid", fields: []string{"role_arn"}},
		"a role of another account":     {do: connect, body: `{"role_arn":"arn:aws:iam::210987654321:role/x","account_id":"123456789012"}`, status: 422, code: "invalid", fields: []string{"role_arn"}},
		"a region that isn't one":       {do: connect, body: `{"use_default_chain":true,"home_region":"moon"}`, status: 422, code: "invalid", fields: []string{"home_region"}},
		"an external id of one's own":   {do: connect, body: `{"role_arn":"arn:aws:iam::210987654321:role/x","external_id":"mine"}`, status: 422, code: "invalid", fields: []string{"external_id"}},
		"the account is connected":      {do: connect, body: `{"use_default_chain":true,"account_id":"123456789012"}`, status: 409, code: "provider_exists"},
		"a body over 1 MB":              {do: "POST /api/v1/jobs", body: `{"name":"` + strings.Repeat("x", 1<<20) + `"}`, status: 413, code: "too_large"},
		"a body over 4 MB":              {do: "POST /api/v1/providers/{provider}/sync", body: strings.Repeat(" ", 5<<20), status: 413, code: "too_large"},
		"a key that is too long":        {do: "POST /api/v1/drifts/detect", header: map[string]string{"Idempotency-Key": strings.Repeat("k", 256)}, status: 422, code: "invalid", fields: []string{"Idempotency-Key"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t)
			i := h.ids(t)
			for range 3 {
				h.do(request{method: "GET", path: "/api/v1/executions/" + i.execution}) // it is done then
			}
			method, path, _ := strings.Cut(i.replacer().Replace(c.do), " ")
			w := h.do(request{method: method, path: path, body: c.body, token: c.token, header: c.header})
			p := decode[api.Problem](t, w)
			var fields []string
			for _, e := range p.Errors {
				fields = append(fields, e.Field)
				if e.Message == "" {
					t.Errorf("no message about %s", e.Field)
				}
			}
			if w.Code != c.status || p.Status != c.status || p.Code != c.code {
				t.Errorf("answered %d %s, want %d %s\n%s", w.Code, p.Code, c.status, c.code, w.Body)
			}
			if d := cmp.Diff(c.fields, fields); d != "" {
				t.Errorf("fields named (-want +got):\n%s%s", d, w.Body)
			}
			if ct := w.Header().Get("Content-Type"); ct != "application/problem+json" {
				t.Errorf("Content-Type is %q", ct)
			}
			if p.RequestID == "" || p.RequestID != w.Header().Get("X-Request-Id") {
				t.Errorf("request_id is %q, the header says %q", p.RequestID, w.Header().Get("X-Request-Id"))
			}
			if p.Type != "urn:infraudit:problem:"+c.code || p.Title == "" {
				t.Errorf("type %q, title %q", p.Type, p.Title)
			}
			if w.Code == 405 && w.Header().Get("Allow") != "GET, HEAD" {
				t.Errorf("Allow is %q", w.Header().Get("Allow"))
			}
			if w.Code == 401 && !strings.HasPrefix(w.Header().Get("WWW-Authenticate"), "Bearer") {
				t.Error("no WWW-Authenticate")
			}
			for _, planted := range []string{"s3cr3t", "AKIAIOSFODNN7EXAMPLE"} {
				if strings.Contains(w.Body.String()+h.log.String(), planted) {
					t.Errorf("%s is in the answer or the log", planted)
				}
			}
		})
	}
}

func TestAnotherTeamFindsNothing(t *testing.T) {
	h := newHarness(t)
	i := h.ids(t)
	for _, do := range []string{
		"GET /providers/{provider}", "PATCH /providers/{provider}", "DELETE /providers/{provider}",
		"POST /providers/{provider}/sync", "GET /providers/{provider}/coverage", "GET /resources/{resource}",
		"GET /resources/{resource}/config", "GET /resources/{resource}/drifts", "GET /resources/{resource}/history",
		"DELETE /resources/{resource}", "GET /baselines?resource={resource}", "POST /baselines",
		"GET /baselines/{baseline}", "GET /baselines/{baseline}/config", "DELETE /baselines/{baseline}",
		"GET /baselines/compare?from={baseline}&to={baseline}", "GET /drifts/{drift}", "PATCH /drifts/{drift}",
		"POST /drifts/{drift}/resolve", "GET /findings/{finding}", "GET /resources/{resource}/findings",
		"GET /compliance/assessments/asm_2", "GET /compliance/assessments/asm_2/changes", "GET /jobs/{job}", "PATCH /jobs/{job}", "DELETE /jobs/{job}",
		"POST /jobs/{job}/enable", "POST /jobs/{job}/trigger", "GET /jobs/{job}/executions",
		"GET /executions/{execution}", "POST /executions/{execution}/cancel", "GET /webhooks/{webhook}", "PATCH /webhooks/{webhook}",
		"DELETE /webhooks/{webhook}", "POST /webhooks/{webhook}/test", "POST /webhooks/{webhook}/rotate-secret", "GET /webhooks/{webhook}/deliveries",
		"GET /webhooks/{webhook}/deliveries/{delivery}", "POST /webhooks/{webhook}/deliveries/{delivery}/redeliver",
	} {
		t.Run(do, func(t *testing.T) {
			method, path, _ := strings.Cut(i.replacer().Replace(do), " ")
			body := map[string]string{
				"PATCH /providers/{provider}": `{"name":"x"}`, "PATCH /drifts/{drift}": `{"status":"resolved"}`,
				"PATCH /webhooks/{webhook}": `{"name":"x"}`,
				"PATCH /jobs/{job}":         `{"name":"x"}`, "POST /baselines": `{"resource_id":"` + i.resource + `"}`,
			}[do]
			w := h.do(request{method: method, path: "/api/v1" + path, body: body, token: apitest.OtherToken})
			if w.Code != 404 || decode[api.Problem](t, w).Code != "not_found" {
				t.Errorf("answered %d, want 404\n%s", w.Code, w.Body)
			}
		})
	}
	for _, path := range []string{"/providers", "/resources", "/drifts", "/findings", "/waivers", "/compliance/assessments", "/jobs", "/executions", "/webhooks"} {
		l := decode[listOf[any]](t, h.do(request{method: "GET", path: "/api/v1" + path, token: apitest.OtherToken}))
		if l.Data == nil || len(l.Data) > 0 || l.Meta.NextCursor != "" {
			t.Errorf("%s of another team: %v", path, l)
		}
	}
}

func TestCursors(t *testing.T) {
	h := newHarness(t)
	first := decode[listOf[audit.Resource]](t, h.do(request{method: "GET", path: "/api/v1/resources?limit=2"}))
	if len(first.Data) != 2 || first.Meta.NextCursor == "" {
		t.Fatalf("first page: %+v", first)
	}
	cursor := "cursor=" + first.Meta.NextCursor
	second := h.do(request{method: "GET", path: "/api/v1/resources?limit=2&" + cursor})
	if l := decode[listOf[audit.Resource]](t, second); len(l.Data) != 1 || strings.Contains(second.Body.String(), "next_cursor") {
		t.Errorf("last page: %s", second.Body)
	}
	for name, r := range map[string]request{
		"another filter": {path: "/api/v1/resources?type=s3_bucket&" + cursor},
		"another list":   {path: "/api/v1/drifts?" + cursor},
		"another team":   {path: "/api/v1/resources?" + cursor, token: apitest.OtherToken},
	} {
		t.Run(name, func(t *testing.T) {
			r.method = "GET"
			if w := h.do(r); w.Code != 400 || decode[api.Problem](t, w).Code != "bad_cursor" {
				t.Errorf("answered %d\n%s", w.Code, w.Body)
			}
		})
	}
}

func TestIdempotencyKey(t *testing.T) {
	h := newHarness(t)
	post := func(key, body string) *httptest.ResponseRecorder {
		return h.do(request{method: "POST", path: "/api/v1/jobs", body: body, header: map[string]string{"Idempotency-Key": key}})
	}
	const body = `{"type":"resource_sync","name":"once"}`
	first, again := post("k1", body), post("k1", body)
	if first.Code != 201 || again.Code != 201 || first.Body.String() != again.Body.String() ||
		again.Header().Get("Location") != first.Header().Get("Location") || again.Header().Get("Idempotency-Replayed") != "true" {
		t.Errorf("the first answer was\n%s\nthe second\n%s", first.Body, again.Body)
	}
	if w := post("k1", `{"type":"resource_sync","name":"twice"}`); w.Code != 422 || decode[api.Problem](t, w).Code != "idempotency_key_reused" {
		t.Errorf("another body under the key: %d %s", w.Code, w.Body)
	}
	if w := post("k2", `{"type":"resource_sync"}`); w.Code != 422 {
		t.Errorf("an invalid body: %d", w.Code)
	}
	if w := post("k2", body); w.Code != 201 {
		t.Errorf("a failure kept its key: %d %s", w.Code, w.Body)
	}
	if l := decode[listOf[audit.Job]](t, h.do(request{method: "GET", path: "/api/v1/jobs"})); len(l.Data) != 3 {
		t.Errorf("%d jobs, want the default one and two", len(l.Data))
	}
}

func TestConnectPassesSecretsOnAndNowhereElse(t *testing.T) {
	h := newHarness(t)
	body := `{"access_key_id":"ASIAIOSFODNN7EXAMPLE","secret_access_key":"planted-secret","session_token":"planted-token","home_region":"eu-central-1"}`
	w := h.do(request{method: "POST", path: "/api/v1/providers/aws/connect", body: body})
	if w.Code != 201 || len(h.Connected) != 1 {
		t.Fatalf("answered %d\n%s", w.Code, w.Body)
	}
	c := h.Connected[0]
	if c.Method != audit.AuthAccessKey || c.SecretAccessKey.Reveal() != "planted-secret" || c.SessionToken.Reveal() != "planted-token" {
		t.Errorf("the connector got %+v", c)
	}
	h.ConnectErr = &fault.Error{Kind: fault.Expired, Message: "the access key has expired", Cause: fmt.Errorf("InvalidClientTokenId planted-cause")}
	refused := h.do(request{method: "POST", path: "/api/v1/providers/aws/connect", body: body})
	if p := decode[api.Problem](t, refused); p.Status != 422 || p.Code != "expired" || p.Detail != "the access key has expired" {
		t.Errorf("refused with %+v", p)
	}
	if all := w.Body.String() + refused.Body.String() + h.log.String() + fmt.Sprintf("%+v", c); strings.Contains(all, "planted") {
		t.Errorf("a secret shows:\n%s", all)
	}
}

func TestBrokenServices(t *testing.T) {
	t.Run("a panic answers 500 and is logged with its stack", func(t *testing.T) {
		h := newHarness(t)
		h.Panic = true
		w := h.do(request{method: "GET", path: "/api/v1/resources"})
		if p := decode[api.Problem](t, w); w.Code != 500 || p.Code != "internal" || strings.Contains(w.Body.String(), "planted") {
			t.Errorf("answered %d %s", w.Code, w.Body)
		}
		if log := h.log.String(); !strings.Contains(log, "planted") || !strings.Contains(log, "apitest.(*Fake).Resources") {
			t.Errorf("logged %s", log)
		}
	})
	t.Run("an answer over 5 MB becomes an error", func(t *testing.T) {
		h := newHarness(t)
		i := h.ids(t)
		h.Blob = 5 << 20
		w := h.do(request{method: "GET", path: "/api/v1/resources/" + i.resource + "/config"})
		if p := decode[api.Problem](t, w); w.Code != 500 || p.Code != "response_too_large" {
			t.Errorf("answered %d %s", w.Code, p.Code)
		}
	})
	t.Run("a client's deadline ends the work", func(t *testing.T) {
		h := newHarness(t)
		h.Block = true
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		req := httptest.NewRequestWithContext(ctx, "GET", "/api/v1/resources", nil)
		req.Header.Set("Authorization", "Bearer "+apitest.Token)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req)
		if w.Code != 499 {
			t.Errorf("answered %d %s", w.Code, w.Body)
		}
	})
}

func TestOpenPaths(t *testing.T) {
	h := newHarness(t)
	for path, want := range map[string]string{
		"/healthz": `"status":"ok"`, "/readyz": `"ready"`, "/openapi.json": `"openapi":"3.1.0"`,
		"/docs": "docs.js", "/docs/docs.js": "openapi.json", "/docs/docs.css": "body",
	} {
		w := h.do(request{method: "GET", path: path, token: "none"})
		if w.Code != 200 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s answered %d without %s", path, w.Code, want)
		}
		if strings.Contains(w.Body.String(), "https://") && path != "/openapi.json" {
			t.Errorf("%s refers to another host", path)
		}
		if w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("Content-Security-Policy") == "" {
			t.Errorf("%s lacks security headers", path)
		}
	}
}

func TestNotReady(t *testing.T) {
	h, err := api.New(api.Config{Services: apitest.New().Services(), Ready: func(context.Context) error { return io.ErrUnexpectedEOF }})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	if w.Code != 503 || strings.Contains(w.Body.String(), "EOF") {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
}
