// Package blob keeps large objects: uploads, exports and configurations too big for a table. It is a thin layer over
// gocloud.dev/blob that adds team-scoped keys, size limits, expiry and faults. Everything streams.
package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	gcblob "gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"github.com/infraudit/infraudit/internal/fault"
)

// MaxSize bounds an object, in bytes, unless the caller sets a lower limit.
const MaxSize = 100 << 20

// MaxTTL bounds how long a presigned URL works: reports and exports can be fetched for a day.
const MaxTTL = 24 * time.Hour

// Upload buffers of drivers that send an object in parts, such as s3blob: MaxSize fits 20 parts, and no upload holds
// more than two.
const (
	partSize  = 5 << 20 // the least that S3 takes
	partsHeld = 2
)

// Store is a bucket. It is safe for concurrent use.
type Store struct {
	bucket *gcblob.Bucket
	hooks  Hooks
}

// Hooks adjust a driver's own requests, which as gives (gcblob.WriterOptions and gcblob.SignedURLOptions say of which types).
// Drivers that need none leave them nil.
type Hooks struct {
	// BeforeWrite is called before an object is stored. kind is the second part of its key: what the object is, after
	// whose it is.
	BeforeWrite func(as func(any) bool, kind string) error
	// BeforeSign is called before a URL is signed. The answer to a GET shall have that Content-Disposition.
	BeforeSign func(as func(any) bool, disposition string) error
}

// New uses a bucket, which Close closes.
func New(bucket *gcblob.Bucket, hooks Hooks) *Store { return &Store{bucket: bucket, hooks: hooks} }

// Close closes the bucket.
func (s *Store) Close() error { return s.bucket.Close() }

// check comes before every call. Files are read and deleted whatever became of the context, so it is looked at here.
func check(ctx context.Context, key string) error {
	if err := CheckKey(key); err != nil {
		return err
	}
	return ctx.Err()
}

// PutOptions say how to store an object. The zero value works.
type PutOptions struct {
	ContentType string // found out from the content when empty
	Limit       int64  // bytes; MaxSize when 0
}

// Put stores what r gives under key, replacing what was there. The object appears whole or not at all. TooLarge when
// r gives more than the limit.
func (s *Store) Put(ctx context.Context, key string, r io.Reader, opts PutOptions) error {
	if err := check(ctx, key); err != nil {
		return err
	}
	limit := opts.Limit
	if limit <= 0 || limit > MaxSize {
		limit = MaxSize
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // before Close, this discards what was written
	w, err := s.bucket.NewWriter(ctx, key, &gcblob.WriterOptions{
		ContentType:        opts.ContentType,
		ContentDisposition: disposition(key),
		BufferSize:         partSize,
		MaxConcurrency:     partsHeld,
		BeforeWrite:        s.beforeWrite(key),
	})
	if err != nil {
		return mapError(err, "store %s", key)
	}
	// One byte over the limit is asked for, to tell an object of just that size from a larger one.
	n, err := io.Copy(w, io.LimitReader(r, limit+1))
	if err == nil && n > limit {
		err = fault.New(fault.TooLarge, "larger than %d bytes", limit)
	}
	if err != nil {
		cancel()
		_ = w.Close() // always fails: the write was cancelled
		return mapError(err, "store %s", key)
	}
	if err := w.Close(); err != nil {
		return mapError(err, "store %s", key)
	}
	return nil
}

func (s *Store) beforeWrite(key string) func(as func(any) bool) error {
	if s.hooks.BeforeWrite == nil {
		return nil
	}
	return func(as func(any) bool) error { return s.hooks.BeforeWrite(as, strings.Split(key, "/")[1]) } // CheckKey saw to that
}

// Object is a stored object. The caller closes it.
type Object struct {
	io.ReadSeekCloser
	Size        int64 // bytes
	ContentType string
	ModTime     time.Time
}

// Get opens an object. NotFound when there is none, TooLarge when it is over MaxSize: S3 lets whoever has a URL to PUT
// to send more.
func (s *Store) Get(ctx context.Context, key string) (*Object, error) {
	if err := check(ctx, key); err != nil {
		return nil, err
	}
	r, err := s.bucket.NewReader(ctx, key, nil)
	if err != nil {
		return nil, mapError(err, "read %s", key)
	}
	if r.Size() > MaxSize {
		_ = r.Close() // nothing was read
		return nil, fault.New(fault.TooLarge, "larger than %d bytes", MaxSize)
	}
	return &Object{ReadSeekCloser: r, Size: r.Size(), ContentType: r.ContentType(), ModTime: r.ModTime()}, nil
}

// Exists tells whether there is an object.
func (s *Store) Exists(ctx context.Context, key string) (bool, error) {
	if err := check(ctx, key); err != nil {
		return false, err
	}
	ok, err := s.bucket.Exists(ctx, key)
	if err != nil {
		return false, mapError(err, "look for %s", key)
	}
	return ok, nil
}

// Delete removes an object. One that isn't there is no error.
func (s *Store) Delete(ctx context.Context, key string) error {
	if err := check(ctx, key); err != nil {
		return err
	}
	if err := s.bucket.Delete(ctx, key); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
		return mapError(err, "delete %s", key)
	}
	return nil
}

// PresignPut returns a URL to which anyone who has it can PUT the object, with a Content-Type of their choice, until ttl,
// at most MaxTTL, is over. A URL of S3 also ends with the credentials that signed it; a role's last some hours.
func (s *Store) PresignPut(ctx context.Context, key string, ttl time.Duration) (string, error) {
	return s.presign(ctx, key, ttl, http.MethodPut)
}

// PresignGet returns a URL from which anyone who has it can GET the object until ttl, at most MaxTTL, is over,
// or, of S3, the credentials that signed it. A browser saves it under the last part of its key.
func (s *Store) PresignGet(ctx context.Context, key string, ttl time.Duration) (string, error) {
	return s.presign(ctx, key, ttl, http.MethodGet)
}

func (s *Store) presign(ctx context.Context, key string, ttl time.Duration, method string) (string, error) {
	if err := CheckKey(key); err != nil {
		return "", err
	}
	if ttl <= 0 || ttl > MaxTTL {
		return "", fmt.Errorf("blob: a URL valid for %v was asked for, must be up to %v", ttl, MaxTTL)
	}
	opts := &gcblob.SignedURLOptions{Expiry: ttl, Method: method}
	if s.hooks.BeforeSign != nil {
		opts.BeforeSign = func(as func(any) bool) error { return s.hooks.BeforeSign(as, disposition(key)) }
	}
	url, err := s.bucket.SignedURL(ctx, key, opts)
	if err != nil {
		return "", mapError(err, "sign a URL for %s", key)
	}
	return url, nil
}

// sweepPage is how many objects one Sweep looks at.
const sweepPage = 1000

// Sweep deletes what is older than olderThan under a prefix that names a team, such as "team_x/exports/". One call
// looks at no more than 1,000 objects; it returns how many it deleted, and where to go on ("" at the end).
func (s *Store) Sweep(ctx context.Context, prefix string, olderThan time.Duration, from string) (deleted int, next string, err error) {
	if err := checkPrefix(prefix); err != nil {
		return 0, "", err
	}
	token := gcblob.FirstPageToken
	if from != "" {
		token = []byte(from)
	}
	objects, nextToken, err := s.bucket.ListPage(ctx, token, sweepPage, &gcblob.ListOptions{Prefix: prefix})
	if err != nil {
		return 0, "", mapError(err, "list %s", prefix)
	}
	before := time.Now().Add(-olderThan)
	for _, o := range objects {
		if !o.ModTime.Before(before) {
			continue
		}
		if err := s.bucket.Delete(ctx, o.Key); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
			return deleted, from, mapError(err, "delete %s", o.Key)
		}
		deleted++
	}
	return deleted, string(nextToken), nil
}

// mapError makes a fault of a bucket's error.
func mapError(err error, format string, args ...any) error {
	cause := fmt.Errorf("blob: "+format+": %w", append(args, err)...)
	if known, ok := errors.AsType[*fault.Error](err); ok {
		return &fault.Error{Kind: known.Kind, Code: known.Code, Message: known.Message, Cause: cause}
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return cause // fault.From knows what these are
	}
	switch gcerrors.Code(err) {
	case gcerrors.NotFound:
		return fault.Wrap(fault.NotFound, cause, "no such object")
	case gcerrors.ResourceExhausted:
		return fault.Wrap(fault.Throttled, cause, "the object store asks to slow down")
	case gcerrors.DeadlineExceeded:
		return fault.Wrap(fault.Timeout, cause, "the object store took too long")
	case gcerrors.InvalidArgument, gcerrors.PermissionDenied, gcerrors.Unimplemented, gcerrors.FailedPrecondition:
		return fault.Wrap(fault.Internal, cause, "the object store refused")
	default:
		return fault.Wrap(fault.Unavailable, cause, "the object store failed")
	}
}
