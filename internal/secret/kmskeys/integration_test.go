//go:build integration

package kmskeys_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
	"github.com/infraudit/infraudit/internal/secret"
	"github.com/infraudit/infraudit/internal/secret/kmskeys"
	"github.com/infraudit/infraudit/internal/secret/secrettest"
	"github.com/infraudit/infraudit/internal/table"
	"github.com/infraudit/infraudit/internal/table/dynamotable"
	"github.com/infraudit/infraudit/internal/table/tabletest/dynamolocal"
)

var (
	moto  motoserver.Server
	local dynamolocal.Server
)

func TestMain(m *testing.M) {
	code := m.Run()
	moto.Stop()
	local.Stop()
	os.Exit(code)
}

// wire passes requests on to moto, which doesn't look at who asks and whether a key is enabled, and keeps them.
type wire struct {
	denied bool // KMS answers AccessDenied

	mu    sync.Mutex
	calls []call
}

type call struct {
	Name              string
	KeyId             string //nolint:revive // as KMS names it
	EncryptionContext map[string]string
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var c call
	if err := json.Unmarshal(body, &c); err != nil {
		return nil, err
	}
	c.Name = strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "TrentService.")
	w.mu.Lock()
	w.calls = append(w.calls, c)
	w.mu.Unlock()
	if w.denied {
		answer := httptest.NewRecorder()
		answer.WriteHeader(http.StatusBadRequest)
		_, _ = answer.WriteString(`{"__type":"AccessDeniedException","Message":"no"}`)
		return answer.Result(), nil
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return http.DefaultTransport.RoundTrip(r)
}

// taken returns what was asked since the last time.
func (w *wire) taken() []call {
	w.mu.Lock()
	defer w.mu.Unlock()
	calls := w.calls
	w.calls = nil
	return calls
}

// place is an installation on AWS.
type place struct {
	wire   *wire
	client *kms.Client
	db     table.DB
	opts   kmskeys.Options
}

func newPlace(t *testing.T) place {
	t.Helper()
	w := &wire{}
	client := kms.New(kms.Options{
		HTTPClient:   &http.Client{Transport: w},
		BaseEndpoint: aws.String(moto.Endpoint(t)), Region: motoserver.Region,
		Credentials: credentials.NewStaticCredentialsProvider("testing", "testing", ""),
	})
	db, err := dynamotable.New(local.Client(t), []table.Schema{{Name: "control"}}, dynamotable.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.CreateTables(t.Context()); err != nil {
		t.Fatal(err)
	}
	p := place{wire: w, client: client, db: db}
	p.opts = kmskeys.Options{Table: "control", KeyID: p.newKey(t)}
	w.taken()
	return p
}

func (p place) newKey(t *testing.T) (id string) {
	t.Helper()
	out, err := p.client.CreateKey(t.Context(), &kms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	return aws.ToString(out.KeyMetadata.KeyId)
}

func (p place) open(t *testing.T) (*secret.Keys, error) {
	return kmskeys.Open(t.Context(), p.client, p.db, p.opts)
}

func TestConformance(t *testing.T) {
	secrettest.Run(t, func(t *testing.T) secrettest.Installation {
		p := newPlace(t)
		return secrettest.Installation{
			Open:    func() (*secret.Keys, error) { return p.open(t) },
			Rotate:  func() error { return kmskeys.Rotate(t.Context(), p.client, p.db, p.opts) },
			Notices: true,
		}
	})
}

func (p place) item(t *testing.T) table.Item {
	t.Helper()
	item, err := p.db.Get(t.Context(), "control", table.Key{PK: "installation", SK: "keys"})
	if err != nil {
		t.Fatal(err)
	}
	return item
}

func TestTheTableHoldsNoKey(t *testing.T) {
	p := newPlace(t)
	if _, err := p.open(t); err != nil {
		t.Fatal(err)
	}
	for name, value := range p.item(t).Attrs {
		b, ok := value.([]byte)
		if ok && (bytes.Contains(b, []byte("sealing")) || bytes.Contains(b, []byte("AesGcmKey"))) {
			t.Errorf("attribute %s holds keys in the clear", name)
		}
	}
}

func TestKMSIsAskedOnceByEachStart(t *testing.T) {
	p := newPlace(t)
	purpose := map[string]string{"purpose": "infraudit installation keys"}
	encrypt := func() call { return call{"Encrypt", p.opts.KeyID, purpose} }
	decrypt := call{"Decrypt", "", purpose}
	asked := func(when string, want ...call) {
		t.Helper()
		if diff := cmp.Diff(want, p.wire.taken(), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: KMS was asked (-want +got):\n%s", when, diff)
		}
	}
	if _, err := p.open(t); err != nil {
		t.Fatal(err)
	}
	asked("first start", encrypt(), decrypt)
	keys, err := p.open(t)
	if err != nil {
		t.Fatal(err)
	}
	asked("another start", decrypt)

	sealed, err := keys.Seal(t.Context(), []byte("x"), "team_1")
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if got, err := keys.Open(t.Context(), sealed, "team_1"); err != nil || string(got) != "x" {
			t.Errorf("Open = %q, %v", got, err)
		}
		if _, err := keys.Open(t.Context(), sealed, "team_2"); !errors.Is(err, secret.ErrOpen) {
			t.Errorf("Open for another team = %v, want ErrOpen", err)
		}
	}
	asked("sealing and opening")

	p.opts.KeyID = p.newKey(t)
	p.wire.taken()
	if err := kmskeys.Rotate(t.Context(), p.client, p.db, p.opts); err != nil {
		t.Fatal(err)
	}
	asked("rotating, to another KMS key", decrypt, encrypt())
	after, err := p.open(t)
	if err != nil {
		t.Fatal(err)
	}
	p.wire.taken()
	if sealed, err = after.Seal(t.Context(), []byte("y"), "team_1"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got, err := keys.Open(t.Context(), sealed, "team_1"); err != nil || string(got) != "y" {
			t.Errorf("Open = %q, %v", got, err)
		}
	}
	asked("opening what was sealed after a rotation", decrypt)
}

func TestAFailureToReadTheKeysIsNoUnopenableValue(t *testing.T) {
	p := newPlace(t)
	before, err := p.open(t)
	if err != nil {
		t.Fatal(err)
	}
	if err := kmskeys.Rotate(t.Context(), p.client, p.db, p.opts); err != nil {
		t.Fatal(err)
	}
	after, err := p.open(t)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := after.Seal(t.Context(), []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	p.wire.denied = true
	if _, err := before.Open(t.Context(), sealed); !fault.Is(err, fault.Unavailable) {
		t.Errorf("Open = %v (%s), want unavailable", err, fault.KindOf(err))
	}
}

func TestKeysThatCanNotBeOpenedAreNeverReplaced(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, p *place){
		"an altered item": func(t *testing.T, p *place) {
			item := p.item(t)
			sealed := item.Bytes("z")
			sealed[len(sealed)-1] ^= 1
			_, err := p.db.Write(t.Context(), table.Write{Table: "control", Kind: table.Put, Key: item.Key, Attrs: item.Attrs})
			if err != nil {
				t.Fatal(err)
			}
		},
		"an empty item": func(t *testing.T, p *place) {
			_, err := p.db.Write(t.Context(), table.Write{Table: "control", Kind: table.Put, Key: p.item(t).Key})
			if err != nil {
				t.Fatal(err)
			}
		},
		"a KMS key that refuses":    func(_ *testing.T, p *place) { p.wire.denied = true },
		"an option that is missing": func(_ *testing.T, p *place) { p.opts.KeyID = "" },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			if _, err := p.open(t); err != nil {
				t.Fatal(err)
			}
			spoil(t, &p)
			want := p.item(t).Bytes("z")
			if _, err := p.open(t); err == nil || !strings.Contains(err.Error(), "installation keys") {
				t.Errorf("Open: %v", err)
			}
			if err := kmskeys.Rotate(t.Context(), p.client, p.db, p.opts); err == nil {
				t.Error("Rotate: no error")
			}
			if got := p.item(t).Bytes("z"); !bytes.Equal(got, want) {
				t.Error("the item was replaced")
			}
		})
	}
}
