// Package awsapi puts together the function that serves the API.
package awsapi

import (
	"context"
	"fmt"

	"github.com/aws/aws-lambda-go/events"

	"github.com/infraudit/infraudit/internal/api"
	"github.com/infraudit/infraudit/internal/wire/apiwire"
	"github.com/infraudit/infraudit/internal/wire/awswire"
	"github.com/infraudit/infraudit/internal/wire/awswire/awsaccounts"
	"github.com/infraudit/infraudit/internal/wire/awswire/awskeys"
	"github.com/infraudit/infraudit/internal/wire/eventswire"
)

// Handler answers the requests of an API Gateway HTTP API.
type Handler func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error)

// API is the function that serves the API.
func API(ctx context.Context, name string) (Handler, error) {
	f, err := awswire.New(ctx, name)
	if err != nil {
		return nil, err
	}
	engine := f.Engine(nil)
	keys, err := awskeys.Keys(f)
	if err != nil {
		return nil, fmt.Errorf("keys of %s: %w", name, err)
	}
	sender, err := eventswire.Sender(eventswire.Options{
		Store: f.Store, Queue: f.EventsQueue(), Keys: keys, Allow: f.Config.WebhookAllow, Version: f.Config.Version, Log: f.Log,
	})
	if err != nil {
		return nil, err
	}
	handler, err := api.New(api.Config{
		Services: apiwire.Services(apiwire.Parts{Product: f.Product, Engine: engine, Accounts: awsaccounts.Accounts(f, keys, engine), Sender: sender}),
		Version:  f.Config.Version, Log: f.Log,
	})
	if err != nil {
		return nil, err
	}
	return f.HTTP(handler), nil
}
