package deploytest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

// maxBody is the largest body that API Gateway takes (API Gateway developer guide, "Quotas for HTTP APIs").
const maxBody = 10 << 20

// API is the logical id of the function behind the HTTP API.
const API = "ApiFunction"

// ServeHTTP does what the HTTP API does: it invokes the API's function with each request, in payload format 2.0 (API Gateway
// developer guide, "Create AWS Lambda proxy integrations for HTTP APIs").
func (w *World) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxBody))
	if err != nil {
		http.Error(rw, `{"message":"Request Entity Too Large"}`, http.StatusRequestEntityTooLarge)
		return
	}
	event, err := w.Event(r, body)
	if err != nil {
		http.Error(rw, err.Error(), http.StatusInternalServerError)
		return
	}
	answer, err := w.Invoke(r.Context(), API, event)
	var response events.APIGatewayV2HTTPResponse
	if err == nil {
		err = json.Unmarshal(answer, &response)
	}
	content := []byte(response.Body)
	if err == nil && response.IsBase64Encoded {
		content, err = base64.StdEncoding.DecodeString(response.Body)
	}
	if err != nil {
		w.fail(fmt.Errorf("%s %s: %w", r.Method, r.URL, err))
		http.Error(rw, `{"message":"Internal Server Error"}`, http.StatusInternalServerError)
		return
	}
	header := rw.Header()
	for name, value := range response.Headers {
		header.Set(name, value)
	}
	for name, values := range response.MultiValueHeaders {
		header[http.CanonicalHeaderKey(name)] = values
	}
	for _, cookie := range response.Cookies {
		header.Add("Set-Cookie", cookie)
	}
	rw.WriteHeader(response.StatusCode)
	_, _ = rw.Write(content) // the client may be gone
}

// Event is the event as which a request reaches the API's function.
func (w *World) Event(r *http.Request, body []byte) ([]byte, error) {
	return json.Marshal(w.request(r, body))
}

func (w *World) request(r *http.Request, body []byte) events.APIGatewayV2HTTPRequest {
	w.mu.Lock()
	w.requests++
	id := fmt.Sprintf("local-%d=", w.requests)
	w.mu.Unlock()
	headers := map[string]string{"host": r.Host}
	for name, values := range r.Header {
		if name != "Cookie" {
			headers[strings.ToLower(name)] = strings.Join(values, ",")
		}
	}
	var cookies []string
	for _, c := range r.Cookies() {
		cookies = append(cookies, c.String())
	}
	query := map[string]string{}
	for name, values := range r.URL.Query() {
		query[name] = strings.Join(values, ",")
	}
	ip, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		ip = r.RemoteAddr
	}
	now := time.Now()
	event := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: "$default", RawPath: r.URL.EscapedPath(), RawQueryString: r.URL.RawQuery, Cookies: cookies,
		Headers: headers, QueryStringParameters: query, Body: string(body),
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			RouteKey: "$default", AccountID: Account, Stage: "$default", RequestID: id, APIID: "local", DomainName: r.Host,
			Time: now.UTC().Format("02/Jan/2006:15:04:05 -0700"), TimeEpoch: now.UnixMilli(),
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{
				Method: r.Method, Path: r.URL.Path, Protocol: r.Proto, SourceIP: ip, UserAgent: r.UserAgent(),
			},
		},
	}
	if len(body) > 0 && !isText(r.Header.Get("Content-Type")) {
		event.Body, event.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
	return event
}

// isText tells which bodies reach a function as they are; the others come in base 64.
func isText(contentType string) bool {
	typ, _, err := mime.ParseMediaType(contentType)
	return err == nil && (strings.HasPrefix(typ, "text/") ||
		slices.Contains([]string{"application/json", "application/javascript", "application/xml"}, typ) ||
		strings.HasSuffix(typ, "+json"))
}
