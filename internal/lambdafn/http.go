package lambdafn

import (
	"context"
	"net/http"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"
)

// HTTP handles the requests of an API Gateway HTTP API (payload format 2.0). The API's request id is the gateway's, which
// its access log has too.
func (h *Host) HTTP(handler http.Handler) func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	adapter := httpadapter.NewV2(handler)
	return func(ctx context.Context, event events.APIGatewayV2HTTPRequest) (response events.APIGatewayV2HTTPResponse, err error) {
		headers := make(map[string]string, len(event.Headers)+1)
		for name, value := range event.Headers {
			if !strings.EqualFold(name, headerRequestID) { // the client's word isn't taken for it
				headers[name] = value
			}
		}
		if id := strings.TrimRight(event.RequestContext.RequestID, "="); id != "" {
			headers[headerRequestID] = id
		}
		event.Headers = headers
		h.measured(ctx, func(ctx context.Context) []metric {
			response, err = adapter.ProxyWithContext(ctx, event)
			failed := 0.0
			if err != nil || response.StatusCode >= http.StatusInternalServerError {
				failed = 1
			}
			return []metric{{"Requests", "Count", 1}, {"RequestsFailed", "Count", failed}}
		})
		return response, err
	}
}

const headerRequestID = "x-request-id"
