package localwire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/infraudit/infraudit/internal/api"
	"github.com/infraudit/infraudit/internal/blob"
	"github.com/infraudit/infraudit/internal/demo"
	"github.com/infraudit/infraudit/internal/wire/accounts"
	"github.com/infraudit/infraudit/internal/wire/apiwire"
)

// ServeConfig says how to serve the product on this machine.
type ServeConfig struct {
	Addr      string // host:port; port 0 takes a free one
	DataDir   string
	Demo      bool   // play the demo account, in data of its own
	Program   string // how to call this program, for the commands that are suggested
	Version   string
	Principal string // whom customers' roles have to trust; see accounts.Accounts
	// WebhookAllow are networks that webhooks may lead to although they aren't public.
	WebhookAllow string
	Out          io.Writer // for people: where to go and what to try
	Log          *slog.Logger
}

// Time-outs of the server. A request ends within 25 s by the API itself; reading and writing get a little longer.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 30 * time.Second
	writeTimeout      = 35 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 32 << 10
	shutdownTimeout   = 10 * time.Second
)

// memoryLimit is the soft limit of the process's memory. A sync leaves little behind but a lot of garbage: without a
// limit, what it takes would grow with how fast the account answers.
const memoryLimit = 128 << 20

// LimitMemory gives the process its soft memory limit, unless GOMEMLIMIT says otherwise. It is for main programs: it
// changes the whole process.
func LimitMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}

// Serve runs API, jobs and schedules in this process until ctx ends; then it stops cleanly: requests end, tasks keep
// their place, the data is closed.
func Serve(ctx context.Context, c ServeConfig) (err error) {
	LimitMemory()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", c.Addr, err)
	}
	defer func() { _ = listener.Close() }() // the server has closed it, unless it never began
	base := &url.URL{Scheme: "http", Host: reachable(listener.Addr())}
	config := Config{DataDir: c.DataDir, BaseURL: base, Version: c.Version, Log: c.Log, Principal: c.Principal, WebhookAllow: c.WebhookAllow}

	var account *demo.Server
	if c.Demo {
		var stop func() error
		if account, stop, err = startDemo(ctx, &config); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, stop()) }()
	}
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	p, err := Open(config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if _, err := p.Prepare(ctx, c.DataDir); err != nil {
		return err
	}
	handler, err := p.Handler(c.Version)
	if err != nil {
		return err
	}

	run, stopRun := context.WithCancel(ctx)
	ran := make(chan struct{})
	go func() { defer close(ran); p.Run(run) }()
	defer func() { stopRun(); <-ran }()

	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: slog.NewLogLogger(c.Log.Handler(), slog.LevelDebug),
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	c.Log.InfoContext(ctx, "serving", "address", base.String(), "data", config.DataDir, "demo", c.Demo)
	if c.Demo {
		show := &show{Product: p, account: account, out: c.Out, program: c.Program, base: base.String()}
		go show.run(run)
	} else {
		welcome(c.Out, c.Program, base.String(), c.DataDir)
	}

	select {
	case err := <-served:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	c.Log.Info("stopping")
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := server.Shutdown(stop); err != nil {
		return errors.Join(fmt.Errorf("shut down: %w", err), server.Close())
	}
	return nil
}

// Handler returns the product's HTTP handler: the API, and the files of presigned URLs.
func (p *Product) Handler(version string) (http.Handler, error) {
	services := apiwire.Services(apiwire.Parts{
		Product: p.Product, Engine: p.Engine, Accounts: p.Accounts, Sender: p.sender,
	})
	handler, err := api.New(api.Config{Services: services, Version: version, Log: p.log})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle(blob.Path, p.Files)
	mux.Handle("/", handler)
	return mux, nil
}

// startDemo plays the demo account and has the product keep it in data of its own, which every start begins anew: the
// account's times count back from now.
func startDemo(ctx context.Context, c *Config) (*demo.Server, func() error, error) {
	account, err := demo.New(time.Now)
	if err != nil {
		return nil, nil, fmt.Errorf("demo account: %w", err)
	}
	endpoint, stop, err := account.Listen(ctx)
	if err != nil {
		return nil, nil, err
	}
	c.DataDir = filepath.Join(c.DataDir, "demo")
	if err := os.RemoveAll(c.DataDir); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("demo data: %w", err), stop())
	}
	c.Demo = &accounts.Demo{Endpoint: endpoint, Client: demo.Client(endpoint), Services: demo.Services()}
	c.Retries = []time.Duration{} // its audit log doesn't lag
	return account, stop, nil
}

// reachable is the address under which a client on this machine reaches a listener.
func reachable(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return addr.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

func welcome(out io.Writer, program, base, dataDir string) {
	_, _ = fmt.Fprintf(out, `InfraAudit is running at %[2]s
  API documentation  %[2]s/docs
  data and token     %[3]s

Connect an AWS account:
  %[1]s provider connect aws --role-arn arn:aws:iam::<account>:role/InfraAuditReadOnly
  %[1]s provider connect aws --default-chain     (credentials of this machine)
`, program, base, dataDir)
}
