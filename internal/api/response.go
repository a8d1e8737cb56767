package api

import (
	"bytes"
	"maps"
	"net/http"
)

// maxResponse bounds an answer, in bytes. Source: API Gateway and Lambda cut answers over 6 MB.
const maxResponse = 5 << 20

// response holds an answer back until it is whole, so that a panic, a time-out or an answer over the limit becomes a
// proper error, and so that an answer can be kept under an idempotency key.
type response struct {
	header   http.Header
	status   int
	body     bytes.Buffer
	overflow bool
	under    http.ResponseWriter
}

func newResponse(under http.ResponseWriter) *response {
	return &response{header: under.Header().Clone(), under: under}
}

// Header implements http.ResponseWriter.
func (w *response) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter.
func (w *response) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

// Write implements http.ResponseWriter. What goes over the limit is dropped and remembered.
func (w *response) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.body.Len()+len(p) > maxResponse {
		w.overflow = true
	}
	if !w.overflow {
		w.body.Write(p)
	}
	return len(p), nil
}

// Unwrap lets http.ResponseController reach the connection, for read deadlines.
func (w *response) Unwrap() http.ResponseWriter { return w.under }

// reset forgets what was written, but not what it was made with.
func (w *response) reset() {
	w.header, w.status, w.overflow = w.under.Header().Clone(), 0, false
	w.body.Reset()
}

// send writes the answer for good.
func (w *response) send() {
	h := w.under.Header()
	clear(h)
	maps.Copy(h, w.header)
	if w.status == 0 {
		w.status = http.StatusOK
	}
	w.under.WriteHeader(w.status)
	_, _ = w.under.Write(w.body.Bytes()) // the client may be gone
}
