package blob

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"gocloud.dev/blob/fileblob"

	"github.com/infraudit/infraudit/internal/fault"
)

// Path is where a server mounts Local: its presigned URLs lead there.
const Path = "/blobs/"

// transferTime bounds one upload or download: MaxSize at 175 KB/s. A server's own time-outs are for small requests.
const transferTime = 10 * time.Minute

// Local is a Store in a folder of this machine. It is also the http.Handler of its presigned URLs, which does what S3
// does for those of a bucket there.
type Local struct {
	*Store
	signer fileblob.URLSigner
	log    *slog.Logger
}

// OpenLocal opens the store in dir, which it makes, for its owner alone, when it isn't there. Presigned URLs start with
// baseURL, such as http://127.0.0.1:8080, and are signed by HMAC-SHA256 under signKey.
func OpenLocal(dir string, baseURL *url.URL, signKey []byte, log *slog.Logger) (*Local, error) {
	signer := fileblob.NewURLSignerHMAC(baseURL.JoinPath(Path, "object"), signKey)
	bucket, err := fileblob.OpenBucket(dir, &fileblob.Options{
		URLSigner: signer, CreateDir: true, DirFileMode: 0o700,
		NoTempDir: true, // the folder may be on a mount of its own
	})
	if err != nil {
		return nil, fmt.Errorf("open blob folder: %w", err)
	}
	return &Local{Store: New(bucket, Hooks{}), signer: signer, log: log}, nil
}

// ServeHTTP answers GET, HEAD and PUT at presigned URLs, each only for the method that it was signed for. Bodies over
// MaxSize get 413. The signature is all the authority there is: no token is looked at.
func (l *Local) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	controller := http.NewResponseController(w)
	deadline := time.Now().Add(transferTime)
	// Not every ResponseWriter has deadlines: then the server's own hold.
	_ = errors.Join(controller.SetReadDeadline(deadline), controller.SetWriteDeadline(deadline))
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Referrer-Policy", "no-referrer") // the URL is a credential
	h.Set("Cache-Control", "private, no-store")
	key, err := l.authorize(r)
	if err == nil && r.Method == http.MethodPut {
		err = l.receive(r, key)
	} else if err == nil {
		err = l.send(w, r, key)
	}
	if err != nil {
		l.fail(w, r, err)
	}
}

// authorize returns the key that the URL was signed for.
func (l *Local) authorize(r *http.Request) (string, error) {
	key, err := l.signer.KeyFromURL(r.Context(), r.URL)
	if err != nil {
		return "", fault.Wrap(fault.Forbidden, err, "the URL has expired or its signature is wrong")
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	if method != r.URL.Query().Get("method") {
		return "", fault.New(fault.Forbidden, "the URL was signed for another method")
	}
	return key, CheckKey(key)
}

func (l *Local) receive(r *http.Request, key string) error {
	if r.ContentLength > MaxSize {
		return fault.New(fault.TooLarge, "larger than %d bytes", MaxSize)
	}
	return l.Put(r.Context(), key, body{r.Body}, PutOptions{ContentType: r.Header.Get("Content-Type")})
}

// body says that what goes wrong while it is read is the sender's doing.
type body struct{ io.Reader }

func (b body) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fault.Wrap(fault.Malformed, err, "the body ended early")
	}
	return n, err
}

func (l *Local) send(w http.ResponseWriter, r *http.Request, key string) error {
	object, err := l.Get(r.Context(), key)
	if err != nil {
		return err
	}
	defer object.Close() // only read from
	w.Header().Set("Content-Type", object.ContentType)
	w.Header().Set("Content-Disposition", disposition(key))
	http.ServeContent(w, r, "", object.ModTime, object)
	return nil
}

// fail answers as RFC 9457 asks. The query is never logged: it is a credential.
func (l *Local) fail(w http.ResponseWriter, r *http.Request, err error) {
	f := fault.From(err)
	class := f.Kind.Classify()
	l.log.LogAttrs(context.WithoutCancel(r.Context()), slog.LevelInfo, "blob request failed",
		slog.String("method", r.Method), slog.Int("status", class.Status), slog.Any("error", err))
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(class.Status)
	_ = json.NewEncoder(w).Encode(map[string]any{ // the client may be gone
		"title": class.Title, "status": class.Status, "code": f.StableCode(), "detail": f.Message,
	})
}
