// Command local runs what template.yaml deploys on this machine: the compiled functions under Lambda's emulator, the API
// over HTTP, queues and bucket in moto, tables in DynamoDB Local, the schedule each minute. It audits the demo account.
// `make local` installs what it needs.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/infraudit/infraudit/internal/demo"
	"github.com/infraudit/infraudit/internal/deploytest"
	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
	"github.com/infraudit/infraudit/internal/table/tabletest/dynamolocal"
)

// maintenance is invoked by hand for the first token.
const maintenance = "MaintenanceFunction"

func main() {
	port := flag.Int("port", 8080, "where the API is served, on 127.0.0.1")
	workers := flag.Int("workers", 2, "events that each function takes at a time")
	log := flag.String("log", filepath.Join("dist", "local.log"), "file for what the functions write")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, options{
		address: net.JoinHostPort("127.0.0.1", strconv.Itoa(*port)), workers: *workers, log: *log, in: os.Stdin, out: os.Stdout,
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "local:", err)
		os.Exit(1)
	}
}

type options struct {
	address string
	workers int // events that each function takes at a time
	log     string
	in      io.Reader
	out     io.Writer
}

func run(ctx context.Context, o options) (err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", o.address)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }() // the server has closed it, unless it never began
	if err := os.MkdirAll(filepath.Dir(o.log), 0o750); err != nil {
		return err
	}
	log, err := os.OpenFile(o.log, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	account, err := demo.New(time.Now)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintln(o.out, "Deploying template.yaml into moto and DynamoDB Local, and building its functions; the first time takes minutes ...")
	var moto motoserver.Server
	defer moto.Stop()
	var tables dynamolocal.Server
	defer tables.Stop()
	world, err := deploy(ctx, &moto, &tables, account, o.workers, log)
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, world.Stop())
		for _, refused := range world.Gateway.Refused() {
			err = errors.Join(err, errors.New(refused))
		}
	}()
	token, err := prepare(ctx, world)
	if err != nil {
		return err
	}
	o.welcome(listener.Addr(), token)
	go o.change(account)
	return serve(ctx, world, listener)
}

// deploy makes what the template declares and starts its functions.
func deploy(ctx context.Context, moto *motoserver.Server, tables *dynamolocal.Server, account *demo.Server, workers int, log io.Writer) (*deploytest.World, error) {
	motoURL, err := moto.Serve(ctx)
	if err != nil {
		return nil, fmt.Errorf("moto: %w", err)
	}
	tablesURL, err := tables.Serve()
	if err != nil {
		return nil, fmt.Errorf("DynamoDB Local: %w", err)
	}
	templates, err := deploytest.Read(ctx)
	if err != nil {
		return nil, fmt.Errorf("expand template.yaml: %w", err)
	}
	functions, err := templates.Programs()
	if err != nil {
		return nil, err
	}
	o := deploytest.Options{
		Name: "infraudit-local", Cloud: deploytest.Cloud{DynamoDB: tablesURL, Moto: motoURL}, Functions: map[string]int{},
		Customer: deploytest.DemoAccount(account), CustomerKey: demo.AccessKeyID, Log: log,
		Programs: &deploytest.Programs{Dir: "local-functions"},
	}
	for _, id := range functions {
		o.Functions[id] = workers
	}
	return templates.Start(ctx, o)
}

// prepare makes a team and its admin's token, and has the demo account's roles trust the team.
func prepare(ctx context.Context, world *deploytest.World) (token string, err error) {
	answer, err := world.Invoke(ctx, maintenance, []byte(`{"job":"create-token","team":"local","name":"you"}`))
	if err != nil {
		return "", err
	}
	var made struct{ Token string }
	if err := json.Unmarshal(answer, &made); err != nil {
		return "", fmt.Errorf("create-token answered %s: %w", answer, err)
	}
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/api/v1/providers/aws/role-template?account_id="+demo.Account, nil)
	r.Header.Set("Authorization", "Bearer "+made.Token)
	w := httptest.NewRecorder()
	world.ServeHTTP(w, r)
	var template struct {
		ExternalID string `json:"external_id"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &template); err != nil || template.ExternalID == "" {
		return "", fmt.Errorf("the role's template: %d %s: %w", w.Code, w.Body, err)
	}
	world.Gateway.Trust(template.ExternalID)
	return made.Token, nil
}

func (o options) welcome(address net.Addr, token string) {
	_, _ = fmt.Fprintf(o.out, `
InfraAudit's functions are running; the API is at http://%[1]s (documentation: http://%[1]s/docs)

  export INFRAUDIT_SERVER_URL=http://%[1]s INFRAUDIT_TOKEN=%[2]s
  bin/infraudit provider connect aws --home-region %[3]s \
    --role-arn arn:aws:iam::%[4]s:role/InfraAuditReadOnly

What the functions log is in %[5]s. Press Enter to have people change things in the audited account; Ctrl-C stops.
`, address, token, demo.HomeRegion, demo.Account, o.log)
}

// change turns the demo account to its second state at the first line that is typed.
func (o options) change(account *demo.Server) {
	if bufio.NewScanner(o.in).Scan() {
		account.Advance()
		_, _ = fmt.Fprintln(o.out, "People have changed things in the account: `infraudit provider sync` reads it again.")
	}
}

// serve serves the API, works on the queues and keeps the schedule, until ctx ends.
func serve(ctx context.Context, world *deploytest.World, listener net.Listener) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	server := &http.Server{Handler: world, ReadHeaderTimeout: 10 * time.Second}
	var wg sync.WaitGroup
	failed := make(chan error, 2)
	wg.Go(func() { failed <- world.Work(ctx) })
	wg.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			failed <- err
		}
	})
	wg.Go(func() { schedule(ctx, world) })
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	stop()
	_ = server.Close()
	wg.Wait()
	return err
}

// schedule does what the template's schedule does, each minute.
func schedule(ctx context.Context, world *deploytest.World) {
	ticker := time.NewTicker(time.Minute)
	defer ticker.Stop()
	for {
		if err := world.Tick(ctx); err != nil && ctx.Err() == nil {
			fmt.Fprintln(os.Stderr, "the schedule:", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
