// Command bare makes the calls that a scan made, by the SDK's clients, and does nothing with the answers: what is left of a
// scan's time when it only asks. Its argument is the file of calls that tools/benchscan recorded.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"golang.org/x/sync/errgroup"
)

// atOnce is how many calls are under way at once. Lists are not waited for, as they were in the scan: page tokens and ids are
// known already, so that no order of calls could be faster.
const atOnce = 32

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: bare CALLS")
		os.Exit(2)
	}
	if err := run(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "bare:", err)
		os.Exit(1)
	}
}

// call is one that is to be made.
type call struct {
	Package   string          `json:"package"` // of the SDK: "ec2"
	Operation string          `json:"operation"`
	Region    string          `json:"region"`
	Input     json.RawMessage `json:"input"`
}

func run(ctx context.Context, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var calls []call
	if err := json.Unmarshal(text, &calls); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	client := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.MaxIdleConnsPerHost = atOnce })
	cfg, err := config.LoadDefaultConfig(ctx, config.WithHTTPClient(client))
	if err != nil {
		return err
	}
	known, made := operations(), &clients{cfg: cfg, byKey: map[string]any{}}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for _, c := range calls {
		do, ok := known[c.Package+" "+c.Operation]
		if !ok {
			return fmt.Errorf("%s %s is not among the operations: record again", c.Package, c.Operation)
		}
		g.Go(func() error { return do(ctx, made, c) })
	}
	return g.Wait()
}

// clients are those of all packages and regions, each made once.
type clients struct {
	cfg   aws.Config
	mu    sync.Mutex
	byKey map[string]any
}

// operation makes a call. An answer that is an error is an answer: the scan had it too.
type operation func(ctx context.Context, made *clients, c call) error

func calling[C, In, Out, Option any](
	open func(aws.Config, ...func(*Option)) *C, method func(*C, context.Context, *In, ...func(*Option)) (*Out, error),
) operation {
	return func(ctx context.Context, made *clients, c call) error {
		in := new(In)
		if err := json.Unmarshal(c.Input, in); err != nil {
			return fmt.Errorf("the input of %s %s: %w", c.Package, c.Operation, err)
		}
		made.mu.Lock()
		client, ok := made.byKey[c.Package+" "+c.Region].(*C)
		if !ok {
			cfg := made.cfg.Copy()
			cfg.Region = c.Region
			client = open(cfg)
			made.byKey[c.Package+" "+c.Region] = client
		}
		made.mu.Unlock()
		_, _ = method(client, ctx, in)
		return nil
	}
}
