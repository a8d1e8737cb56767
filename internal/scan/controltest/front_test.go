//go:build integration

package controltest

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
)

// front stands before moto. It answers what moto doesn't play, in the form that the service's API reference gives; it alters
// what moto plays in part; it refuses what it is told to refuse. Calls are named by the SDK's service id and the operation:
// "S3 GetBucketPolicy".
type front struct {
	moto http.RoundTripper

	mu      sync.Mutex
	account string                                // that moto plays
	written map[string]func(region string) string // bodies of answers, by call
	altered map[string]func(body string) string   // what becomes of moto's answers, by call
	refused string                                // a call
	scans   bool                                  // a scan is calling, not what fills the account
	answers map[string]source                     // of a scan's calls
}

// reset forgets all but which regions the account has: few, so that a scan is short. moto enables them all.
func (f *front) reset(account string, regions []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.written, f.altered = map[string]func(string) string{}, map[string]func(string) string{}
	f.account, f.refused, f.answers = account, "", map[string]source{}
	var described, listed strings.Builder
	for i, r := range regions {
		fmt.Fprintf(&described, "<item><regionName>%s</regionName><optInStatus>opt-in-not-required</optInStatus></item>", r)
		fmt.Fprintf(&listed, `%s{"RegionName":%q,"RegionOptStatus":"ENABLED_BY_DEFAULT"}`, strings.Repeat(",", min(i, 1)), r)
	}
	f.written["EC2 DescribeRegions"] = func(string) string {
		return "<DescribeRegionsResponse><regionInfo>" + described.String() + "</regionInfo></DescribeRegionsResponse>"
	}
	f.written["Account ListRegions"] = func(string) string { return `{"Regions":[` + listed.String() + `]}` }
	f.altered["IAM GetCredentialReport"] = rootRow(account, map[string]string{"mfa_active": "true"})
}

// write has a call answered so.
func (f *front) write(call, body string) { f.writeIn(call, func(string) string { return body }) }

// writeIn has a call answered by region.
func (f *front) writeIn(call string, body func(region string) string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.written[call] = body
}

// alter has moto's answers to a call altered.
func (f *front) alter(call string, edit func(body string) string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.altered[call] = edit
}

func (f *front) refuse(call string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refused = call
}

// source is where an answer came from.
type source int

const (
	played     source = iota // by moto
	translated               // by moto, in another protocol
	completed                // by moto, and altered
	written                  // not by moto
)

// from returns the calls of scans that were answered so, but for those that tell the account and its regions.
func (f *front) from(s source) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []string
	for call, each := range f.answers {
		if each == s && call != "EC2 DescribeRegions" && call != "Account ListRegions" && call != "STS GetCallerIdentity" {
			out = append(out, call)
		}
	}
	slices.Sort(out)
	return out
}

// scanning tells whether a scan begins or ends.
func (f *front) scanning(begins bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.scans = begins
}

// RoundTrip implements http.RoundTripper. The SDK's middleware leaves the names of call and region in the request's context.
func (f *front) RoundTrip(r *http.Request) (*http.Response, error) {
	service, region := awsmiddleware.GetServiceID(r.Context()), awsmiddleware.GetRegion(r.Context())
	call := service + " " + awsmiddleware.GetOperationName(r.Context())
	f.mu.Lock()
	refused, body, edit := f.refused == call, f.written[call], f.altered[call]
	if f.scans && !refused {
		switch {
		case body != nil:
			f.answers[call] = written
		case edit != nil:
			f.answers[call] = completed
		case service == "CloudWatch":
			f.answers[call] = translated
		default:
			f.answers[call] = max(f.answers[call], played)
		}
	}
	r = r.Clone(r.Context())
	r.Header.Set("X-Moto-Account-Id", f.account)
	f.mu.Unlock()
	switch {
	case refused:
		return refusal(r, service, call), nil
	case body != nil:
		return answer(r, http.StatusOK, body(region)), nil
	case service == "CloudWatch":
		return f.cloudWatch(r)
	}
	resp, err := f.moto.RoundTrip(r)
	if err != nil || edit == nil {
		return resp, err
	}
	defer resp.Body.Close()
	said, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	return answer(r, resp.StatusCode, edit(string(said))), nil
}

func answer(r *http.Request, status int, body string) *http.Response {
	h := http.Header{"X-Amzn-Requestid": {"00000000-0000-4000-8000-000000000000"}}
	h.Set("Content-Type", "application/json")
	if strings.HasPrefix(body, "<") {
		h.Set("Content-Type", "text/xml")
	}
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: h,
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r,
	}
}

// refusal says, in the service's own protocol, that the caller may not.
func refusal(r *http.Request, service, call string) *http.Response {
	message := "User: auditor is not authorized to perform " + call
	const code = "<Code>%s</Code><Message>%s</Message>"
	switch {
	case service == "EC2":
		return answer(r, http.StatusForbidden,
			fmt.Sprintf("<Response><Errors><Error>"+code+"</Error></Errors></Response>", "UnauthorizedOperation", message))
	case service == "S3":
		return answer(r, http.StatusForbidden, fmt.Sprintf("<Error>"+code+"</Error>", "AccessDenied", message))
	case service == "CloudWatch":
		return cborAnswer(r, http.StatusForbidden, map[string]any{"__type": "com.amazonaws.cloudwatch#AccessDenied", "message": message})
	case service == "S3 Control", service == "CloudFront", strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded"):
		return answer(r, http.StatusForbidden, fmt.Sprintf("<ErrorResponse><Error><Type>Sender</Type>"+code+"</Error></ErrorResponse>", "AccessDenied", message))
	}
	resp := answer(r, http.StatusForbidden, fmt.Sprintf(`{"__type":"AccessDeniedException","message":%q}`, message))
	resp.Header.Set("X-Amzn-Errortype", "AccessDeniedException")
	return resp
}

// summary has moto's account summary say something else of the root user, whose own settings no call changes.
func (f *front) summary(entries map[string]int) {
	f.alter("IAM GetAccountSummary", func(body string) string {
		for key, n := range entries {
			entry := regexp.MustCompile(`(<key>` + key + `</key>\s*<value>)\d+`)
			body = entry.ReplaceAllString(body, fmt.Sprintf("${1}%d", n))
		}
		return body
	})
}

// rootReport has the credential report say something else of the root user.
func (f *front) rootReport(columns map[string]string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.altered["IAM GetCredentialReport"] = rootRow(f.account, columns)
}

var reportContent = regexp.MustCompile(`(?s)(<Content>)(.*?)(</Content>)`)

// rootRow adds the row of the root user, which moto's report lacks (IAM user guide, "Getting credential reports for your AWS
// account"). Columns that aren't told are N/A.
func rootRow(account string, columns map[string]string) func(body string) string {
	return func(body string) string {
		content := reportContent.FindStringSubmatch(body)
		if content == nil {
			return body
		}
		csv, err := base64.StdEncoding.DecodeString(strings.TrimSpace(content[2]))
		if err != nil {
			return body
		}
		header, _, _ := strings.Cut(string(csv), "\n")
		var row []string
		for name := range strings.SplitSeq(strings.TrimSpace(header), ",") {
			value := map[string]string{
				"user": "<root_account>", "arn": "arn:aws:iam::" + account + ":root", "user_creation_time": "2020-01-01T00:00:00+00:00",
			}[name]
			if value == "" && (strings.HasSuffix(name, "_active") || strings.HasSuffix(name, "_enabled")) {
				value = "false"
			}
			row = append(row, cmp.Or(columns[name], value, "N/A"))
		}
		report := strings.TrimRight(string(csv), "\n") + "\n" + strings.Join(row, ",") + "\n"
		return strings.Replace(body, content[2], base64.StdEncoding.EncodeToString([]byte(report)), 1)
	}
}

// drain reads a request's body.
func drain(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	defer r.Body.Close()
	var b bytes.Buffer
	_, err := b.ReadFrom(r.Body)
	return b.Bytes(), err
}
