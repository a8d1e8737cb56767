package awsaccess

import (
	"io"
	"net/http"
	"strings"
	"testing"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
)

func TestCallsThatChangeSomethingMayBeAnsweredWithNothing(t *testing.T) {
	for operation, ok := range map[string]bool{
		"CreateBucket": true, "EnableKeyRotation": true, "HeadBucket": true, "": true,
		"ListBuckets": false, "GetKeyPolicy": false, "DescribeKey": false, "LookupEvents": false,
	} {
		r, err := http.NewRequestWithContext(awsmiddleware.SetOperationName(t.Context(), operation), http.MethodGet, "https://x/", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		resp := &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}
		if err := checkAnswer(r, resp); (err == nil) != ok {
			t.Errorf("%s: %v", operation, err)
		}
	}
}

func FuzzAnswers(f *testing.F) {
	for _, body := range []string{
		"", "{", "<", "<?xml version=\"1.0\"?>\n<!-- x --><DescribeInstancesResponse/>", "<html>", "null", strings.Repeat(" ", 600) + "{}",
	} {
		for kind := range 3 {
			f.Add(kind, body)
		}
	}
	f.Fuzz(func(t *testing.T, kind int, body string) {
		ctx := awsmiddleware.SetOperationName(t.Context(), "DescribeInstances")
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://ec2.eu-west-1.amazonaws.com/", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		switch kind {
		case 1:
			r.Header.Set("X-Amz-Target", "TrentService.ListKeys")
		case 2:
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		resp := &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(body))}
		if checkAnswer(r, resp) != nil {
			return
		}
		rest, err := io.ReadAll(resp.Body)
		if err != nil || string(rest) != body {
			t.Errorf("of %q is left %q: %v", body, rest, err)
		}
		if strings.TrimSpace(body) == "" {
			t.Errorf("%q passes for an answer", body)
		}
	})
}
