package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/infraudit/infraudit/tools/benchscan/replay"
)

// tapeAge is how old a recording may be: the account's age counts from when it was recorded.
const tapeAge = 7 * 24 * time.Hour

func (o *options) tapeFile() string  { return filepath.Join(o.home, "account.tape.gz") }
func (o *options) callsFile() string { return filepath.Join(o.home, "calls.json") }

// recording reads the recording, or makes it.
func (o *options) recording(ctx context.Context) (*replay.Tape, error) {
	info, err := os.Stat(o.tapeFile())
	if err != nil || o.record || time.Since(info.ModTime()) > tapeAge {
		if err := o.recordAll(ctx); err != nil {
			return nil, fmt.Errorf("record the account: %w", err)
		}
	}
	f, err := os.Open(o.tapeFile())
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return replay.ReadTape(f)
}

// recordAll has all that will be measured read moto's account once.
func (o *options) recordAll(ctx context.Context) (err error) {
	if err := there(o.moto, "make tools"); err != nil {
		return err
	}
	slog.InfoContext(ctx, "filling moto's account; then what reads it is recorded, some minutes")
	log, err := os.Create(filepath.Join(o.home, "moto.log")) // what it doesn't play, it says at length
	if err != nil {
		return err
	}
	defer log.Close()
	account, err := startMoto(ctx, o.moto, filepath.Join(o.root, "tools", "benchscan", "account", "account.py"), log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, account.stop()) }()
	tape := replay.NewTape()
	server, err := serve(ctx, replay.NewRecorder(tape, account.ask))
	if err != nil {
		return err
	}
	defer server.close()

	calls, err := record(ctx, server.url)
	if err != nil {
		return err
	}
	if err := calls.save(o.callsFile(), filepath.Join(o.root, "tools", "benchscan", "bare", "operations.go")); err != nil {
		return err
	}
	slog.InfoContext(ctx, "recorded the collectors", "calls", len(calls.list), "answers", tape.Len())
	if _, err := o.runScan(ctx, server, io.Discard); err != nil {
		return err
	}
	if !o.noPeer {
		if _, err := o.runProwler(ctx, server, "recording"); err != nil {
			return err
		}
		slog.InfoContext(ctx, "recorded Prowler", "answers", tape.Len())
	}
	f, err := os.Create(o.tapeFile())
	if err != nil {
		return err
	}
	_, err = tape.WriteTo(f)
	return errors.Join(err, f.Close())
}

// moto is the running account.py.
type moto struct {
	endpoint string
	in       io.WriteCloser
	cmd      *exec.Cmd
	client   *http.Client
}

func startMoto(ctx context.Context, python, script string, log io.Writer) (*moto, error) {
	cmd := exec.CommandContext(ctx, python, script)
	cmd.Env = append(os.Environ(), "PYTHONHASHSEED=0") // moto lists some things in the order of a set
	cmd.Stderr = log
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", script, err)
	}
	// One request at a time: moto is one process, and what it lists may change while two read it.
	m := &moto{in: in, cmd: cmd, client: &http.Client{Timeout: 5 * time.Minute}}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s ended early, see %s: %w", script, "moto.log", err), m.stop())
	}
	m.endpoint = strings.TrimSpace(line)
	return m, nil
}

func (m *moto) stop() error { return errors.Join(m.in.Close(), m.cmd.Wait()) }

// errUnplayed is of a call that moto doesn't play.
var errUnplayed = errors.New("moto doesn't play it")

// kept are the headers of an answer that a client looks at.
var kept = []string{"Content-Type", "X-Amzn-Errortype", "X-Amzn-Requestid", "X-Amz-Bucket-Region", "X-Amzn-Query-Error", "X-Amz-Crc32"}

// ask has moto answer a call.
func (m *moto) ask(call replay.Call, r *http.Request) (replay.Answer, error) {
	if a, ok := writtenFor(call); ok {
		return a, nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return replay.Answer{}, err
	}
	cbor := r.Header.Get("Smithy-Protocol") == "rpc-v2-cbor"
	path, header := r.URL.RequestURI(), r.Header.Clone()
	if cbor {
		if path, header, body, err = asJSON(r, body); err != nil {
			return replay.Answer{}, err
		}
	}
	req, err := http.NewRequestWithContext(r.Context(), r.Method, m.endpoint+path, strings.NewReader(string(body)))
	if err != nil {
		return replay.Answer{}, err
	}
	req.Header, req.Host = header, r.Host
	for _, name := range []string{"Connection", "Proxy-Connection", "Accept-Encoding", "Content-Length"} {
		req.Header.Del(name)
	}
	res, err := m.client.Do(req)
	if err != nil {
		slog.Warn("moto failed", "call", call.Key(), "error", err)
		return replay.Answer{}, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return replay.Answer{}, err
	}
	if unplayed(res) {
		return replay.Answer{}, errUnplayed
	}
	a := replay.Answer{Status: res.StatusCode, Body: answer, Header: http.Header{}}
	for _, name := range kept {
		if v := res.Header.Get(name); v != "" {
			a.Header.Set(name, v)
		}
	}
	if cbor {
		return asCBOR(a)
	}
	return a, nil
}

// unplayed tells moto's own failures from an answer: a fault, or a page of its web server where an API has none.
func unplayed(res *http.Response) bool {
	return res.StatusCode >= 500 || res.StatusCode >= 400 && strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") &&
		res.Header.Get("X-Amzn-Requestid") == ""
}

// listening is a server of a recording in this process.
type listening struct {
	*replay.Server
	url   string
	http  *http.Server
	delay time.Duration // of each answer
}

// again begins to count anew.
func (l *listening) again() { l.Reset(l.delay) }

func serve(ctx context.Context, s *replay.Server) (*listening, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	out := &listening{Server: s, url: "http://" + l.Addr().String(), http: &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}}
	go func() { _ = out.http.Serve(l) }() // ends by close
	return out, nil
}

func (l *listening) close() { _ = l.http.Close() }

// serveOnly plays a recording until the program is told to end.
func serveOnly(ctx context.Context, t *replay.Tape, address string, delay time.Duration) error {
	s := replay.NewServer(t)
	s.Reset(delay)
	server := &http.Server{Addr: address, Handler: s, ReadHeaderTimeout: time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- server.ListenAndServe() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	_ = server.Close()
	enc := json.NewEncoder(os.Stdout)
	enc.SetIndent("", "  ")
	return enc.Encode(s.Count())
}
