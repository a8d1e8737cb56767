package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"
)

// Listen serves the account on a free port of the loopback interface. It returns the address to give to the SDK as
// endpoint of every service, and what ends it.
func (s *Server) Listen(ctx context.Context) (endpoint string, stop func() error, err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("listen for the demo account: %w", err)
	}
	server := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			slog.Error("the demo account stopped", "error", err)
		}
	}()
	stop = func() error {
		err := server.Close()
		<-done
		return err
	}
	return "http://" + listener.Addr().String(), stop, nil
}

// Client returns the client with which the SDK reaches an endpoint that Listen returned. S3 Control puts the account
// id before the host ("123456789012.127.0.0.1"), which doesn't resolve: this client dials the endpoint whatever
// the host. It goes through no proxy.
func Client(endpoint string) *http.Client {
	address := strings.TrimPrefix(endpoint, "http://")
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	return &http.Client{Transport: buffered{&http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, address)
		},
		MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     time.Minute,
	}}}
}

// buffered sends copies of the requests' bodies. The SDK closes a body as soon as the answer's first bytes are there;
// where the server is on the same machine, net/http may not have noticed yet that the body had ended, takes the close
// for a failure, and drops the connection from which the answer is still being read.
type buffered struct{ next http.RoundTripper }

func (b buffered) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		return b.next.RoundTrip(r)
	}
	body, err := io.ReadAll(r.Body)
	if err := errors.Join(err, r.Body.Close()); err != nil {
		return nil, fmt.Errorf("read a request to the demo account: %w", err)
	}
	own := r.Clone(r.Context())
	own.Body = io.NopCloser(bytes.NewReader(body))
	return b.next.RoundTrip(own)
}
