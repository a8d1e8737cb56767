package deploytest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The gateway has to be as strict as IAM is, or what it lets pass proves nothing.
func TestTheGatewayPassesOnWhatRolesAllow(t *testing.T) {
	const key = "arn:aws:kms:us-east-1:123456789012:key/1"
	var passed []string
	aws := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		passed = append(passed, r.Header.Get("X-Amz-Target"))
		_, _ = io.WriteString(w, `{"KeyId":"`+key+`"}`)
	}))
	defer aws.Close()
	g := &Gateway{
		cloud: Cloud{DynamoDB: aws.URL, Moto: aws.URL}, customerKey: "CUSTOMER",
		customer: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }),
		functions: map[string]Function{"F": {ID: "F", Statements: []Statement{
			{Effect: "Allow", Actions: []string{"dynamodb:GetItem"}, Resources: []string{tableARN("mine")}},
			{Effect: "Allow", Actions: []string{"kms:Decrypt"}, Resources: []string{"arn:aws:kms:us-east-1:123456789012:key/2"}},
		}}},
	}
	if err := g.listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	call := func(key, service, target, body string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, g.URL, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+key+"/20261124/us-east-1/"+service+"/aws4_request, SignedHeaders=host")
		req.Header.Set("X-Amz-Target", target)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		return resp.StatusCode
	}
	for _, c := range []struct {
		name, key, service, target, body string
		status                           int
	}{
		{"what the role allows", "F", "dynamodb", "D.GetItem", `{"TableName":"mine"}`, http.StatusOK},
		{"another table", "F", "dynamodb", "D.GetItem", `{"TableName":"other"}`, http.StatusForbidden},
		{"another action", "F", "dynamodb", "D.DeleteItem", `{"TableName":"mine"}`, http.StatusForbidden},
		{"a ciphertext under another key", "F", "kms", "T.Decrypt", `{}`, http.StatusBadRequest},
		{"nobody", "G", "dynamodb", "D.GetItem", `{"TableName":"mine"}`, http.StatusForbidden},
		{"a call that isn't known", "F", "ec2", "", "", http.StatusBadRequest},
		{"the audited account", "CUSTOMER", "ec2", "", "", http.StatusTeapot},
	} {
		if status := call(c.key, c.service, c.target, c.body); status != c.status {
			t.Errorf("%s: %d, want %d", c.name, status, c.status)
		}
	}
	if diff := cmp.Diff([]string{"D.GetItem", "T.Decrypt"}, passed); diff != "" {
		t.Errorf("passed on (-want +got):\n%s", diff)
	}
	if refused := g.Refused(); len(refused) != 5 {
		t.Errorf("refused: %s", strings.Join(refused, "\n"))
	}
	if diff := cmp.Diff(map[Use]int{{"F", "dynamodb:GetItem", tableARN("mine")}: 1}, g.Uses()); diff != "" {
		t.Errorf("uses (-want +got):\n%s", diff)
	}
}

func TestAHookAnswersInTheServicesPlace(t *testing.T) {
	g := &Gateway{customerKey: "CUSTOMER", customer: http.NotFoundHandler()}
	if err := g.listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	remove := g.Use(func(w http.ResponseWriter, _ *http.Request, c Call) bool {
		Fail(w, c.Service, http.StatusTooManyRequests, "SlowDown")
		return true
	})
	get := func() (int, string) {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/b/k", nil)
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=CUSTOMER/20261124/us-east-1/s3/aws4_request, SignedHeaders=host")
		g.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	if status, body := get(); status != http.StatusTooManyRequests || !strings.HasPrefix(body, "<Error><Code>SlowDown</Code>") {
		t.Errorf("answered %d %s", status, body)
	}
	remove()
	if status, _ := get(); status != http.StatusNotFound {
		t.Errorf("answered %d after the hook was removed", status)
	}
}
