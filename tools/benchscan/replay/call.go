// Package replay plays an AWS account from a recording: the same request gets the same answer, after a delay. It is to
// measure what reads the account, so it does as little as it can for a request, and counts them.
package replay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/fxamacker/cbor/v2"

	"github.com/infraudit/infraudit/internal/demo/awscall"
)

// The wire protocols of AWS that matter here: how a call is told from its request, and how it is refused.
const (
	protocolQuery = "query" // and EC2's
	protocolJSON  = "json"
	protocolCBOR  = "cbor"
	protocolREST  = "rest"
)

// Call is a request without what differs between two that ask the same: signature, dates, the order of parameters.
// Page sizes stay in: they change the answer.
type Call struct {
	Service, Region string // of the signature
	// Operation is the operation's name. For REST it is made up from method and path, ids replaced by "{}", but for
	// S3's.
	Operation string
	// Parameters are canonical: a sorted form, JSON with sorted keys, or a path with its sorted query.
	Parameters string

	protocol string
}

// Key tells the call from all others.
func (c Call) Key() string {
	return c.Service + " " + c.Region + " " + c.Operation + " " + c.Parameters
}

// maxBody bounds a request's body, in bytes.
const maxBody = 1 << 20

// Parse reads a request and leaves its body readable.
func Parse(r *http.Request) (Call, error) {
	service, region, err := awscall.Scope(r)
	if err != nil {
		return Call{}, err
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return Call{}, fmt.Errorf("read the request's body: %w", err)
	}
	if len(body) > maxBody {
		return Call{}, errors.New("the request's body is too large")
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	c := Call{Service: service, Region: region}
	target := r.Header.Get("X-Amz-Target")
	switch {
	case r.Header.Get("Smithy-Protocol") == "rpc-v2-cbor":
		err = c.readCBOR(r.URL.Path, body)
	case target != "":
		c.protocol, c.Operation = protocolJSON, target[strings.LastIndexByte(target, '.')+1:]
		c.Parameters, err = canonical(body)
	case strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded"):
		err = c.readForm(body)
	default:
		c.readREST(r)
		if len(body) > 0 {
			var text string
			text, err = canonical(body)
			c.Parameters += " " + text
		}
	}
	if err != nil {
		return Call{}, fmt.Errorf("a request to %s: %w", service, err)
	}
	return c, nil
}

// readCBOR reads Smithy's RPC protocol: /service/NAME/operation/NAME, and a map.
func (c *Call) readCBOR(path string, body []byte) error {
	c.protocol, c.Operation = protocolCBOR, path[strings.LastIndexByte(path, '/')+1:]
	text, err := ToJSON(body)
	c.Parameters = string(text)
	return err
}

// ToJSON returns a CBOR document as JSON with sorted keys; nothing is an empty object.
func ToJSON(body []byte) ([]byte, error) {
	fields := map[string]any{}
	if len(body) > 0 {
		if err := cborMode.Unmarshal(body, &fields); err != nil {
			return nil, err
		}
	}
	return json.Marshal(fields)
}

var cborMode = func() cbor.DecMode {
	m, err := cbor.DecOptions{DefaultMapType: reflectMap}.DecMode()
	if err != nil {
		panic(err) // the options are constant
	}
	return m
}()

// canonical returns JSON with sorted keys and no spaces; nothing is an empty object.
func canonical(body []byte) (string, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return "{}", nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return "", err
	}
	out, err := json.Marshal(v)
	return string(out), err
}

func (c *Call) readForm(body []byte) error {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return err
	}
	if c.Operation = form.Get("Action"); c.Operation == "" {
		return errors.New("the form names no action")
	}
	form.Del("Action")
	c.protocol, c.Parameters = protocolQuery, form.Encode()
	return nil
}

// word is a part of a path that names what is asked, not of what: anything with another character is an id.
var word = regexp.MustCompile(`^(v\d+|\d{4}-\d\d-\d\d|[A-Za-z]+(-[a-z]+)*)?$`)

func (c *Call) readREST(r *http.Request) {
	c.protocol = protocolREST
	query := r.URL.Query()
	c.Parameters = r.Method + " " + r.URL.EscapedPath() + "?" + query.Encode()
	if c.Service == awscall.S3 {
		if call, err := awscall.Parse(r); err == nil {
			c.Operation = call.Operation
			return
		}
	}
	parts := strings.Split(r.URL.EscapedPath(), "/")
	for i, part := range parts {
		if !word.MatchString(part) {
			parts[i] = "{}"
		}
	}
	c.Operation = r.Method + " " + strings.Join(parts, "/")
}
