//go:build integration

package main

import (
	"context"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestTheAPIAnswersOnThisMachine(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, options{
			address: "127.0.0.1:0", workers: 1, log: filepath.Join(t.TempDir(), "log"), in: strings.NewReader(""), out: in,
		})
		_ = in.Close()
		ended <- err
	}()
	var said strings.Builder
	for buf := make([]byte, 4<<10); !strings.Contains(said.String(), "Ctrl-C stops"); {
		n, err := out.Read(buf)
		said.Write(buf[:n])
		if err != nil {
			t.Fatalf("%v: %v; it said:\n%s", err, <-ended, &said)
		}
	}
	export := regexp.MustCompile(`INFRAUDIT_SERVER_URL=(\S+) INFRAUDIT_TOKEN=(\S+)`).FindStringSubmatch(said.String())
	if export == nil {
		t.Fatalf("it said:\n%s", &said)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, export[1]+"/api/v1/providers", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+export[2])
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("answered %s", resp.Status)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
