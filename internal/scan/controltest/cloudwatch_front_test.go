//go:build integration

package controltest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/encoding/cbor"
)

// cloudWatch hands a call on to moto in AWS JSON: the SDK speaks only Smithy RPC v2 CBOR to CloudWatch, and moto does not.
// What is said is the same in both.
func (f *front) cloudWatch(r *http.Request) (*http.Response, error) {
	body, err := drain(r)
	if err != nil {
		return nil, err
	}
	in, err := cbor.Decode(body)
	if err != nil {
		return nil, fmt.Errorf("request of CloudWatch: %w", err)
	}
	asJSON, err := json.Marshal(fromCBOR(in))
	if err != nil {
		return nil, err
	}
	at := *r.URL
	at.Path = "/"
	out, err := http.NewRequestWithContext(r.Context(), http.MethodPost, at.String(), strings.NewReader(string(asJSON)))
	if err != nil {
		return nil, err
	}
	out.Host, out.Header = r.Host, http.Header{
		"Authorization": r.Header["Authorization"], "X-Moto-Account-Id": r.Header["X-Moto-Account-Id"], "Content-Type": {"application/x-amz-json-1.0"},
		"X-Amz-Target": {"GraniteServiceVersion20100801." + awsmiddleware.GetOperationName(r.Context())},
	}
	resp, err := f.moto.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	said, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	answer := map[string]any{}
	if len(said) > 0 {
		d := json.NewDecoder(strings.NewReader(string(said)))
		d.UseNumber()
		if err := d.Decode(&answer); err != nil {
			return nil, fmt.Errorf("answer of CloudWatch: %w: %.200s", err, said)
		}
	}
	return cborAnswer(r, resp.StatusCode, answer), nil
}

func cborAnswer(r *http.Request, status int, body map[string]any) *http.Response {
	resp := answer(r, status, string(cbor.Encode(toCBOR("", body))))
	resp.Header.Set("Content-Type", "application/cbor")
	resp.Header.Set("Smithy-Protocol", "rpc-v2-cbor")
	return resp
}

func fromCBOR(v cbor.Value) any {
	switch v := v.(type) {
	case cbor.Map:
		out := map[string]any{}
		for name, each := range v {
			out[name] = fromCBOR(each)
		}
		return out
	case cbor.List:
		out := []any{}
		for _, each := range v {
			out = append(out, fromCBOR(each))
		}
		return out
	case cbor.String:
		return string(v)
	case cbor.Bool:
		return bool(v)
	case cbor.Uint:
		return uint64(v)
	case cbor.Float32:
		return float32(v)
	case cbor.Float64:
		return float64(v)
	}
	return nil
}

// toCBOR makes times of the numbers under names that end in Timestamp (Smithy RPC v2 CBOR: tag 1, seconds since 1970).
func toCBOR(name string, v any) cbor.Value {
	switch v := v.(type) {
	case map[string]any:
		out := cbor.Map{}
		for name, each := range v {
			out[name] = toCBOR(name, each)
		}
		return out
	case []any:
		out := cbor.List{}
		for _, each := range v {
			out = append(out, toCBOR("", each))
		}
		return out
	case string:
		return cbor.String(v)
	case bool:
		return cbor.Bool(v)
	case json.Number:
		f, err := v.Float64()
		if err != nil {
			return &cbor.Nil{}
		}
		if strings.HasSuffix(name, "Timestamp") {
			return &cbor.Tag{ID: 1, Value: cbor.Float64(f)}
		}
		if f >= 0 && !strings.Contains(v.String(), ".") {
			return cbor.Uint(f)
		}
		return cbor.Float64(f)
	}
	return &cbor.Nil{}
}
