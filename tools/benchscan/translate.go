package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/fxamacker/cbor/v2"

	"github.com/infraudit/infraudit/tools/benchscan/replay"
)

// asJSON makes a request of Smithy's RPC over CBOR one of AWS's JSON protocol: CloudWatch's Go client speaks only the first,
// moto only the others.
func asJSON(r *http.Request, body []byte) (path string, header http.Header, out []byte, err error) {
	// /service/NAME/operation/NAME
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if len(parts) != 4 {
		return "", nil, nil, fmt.Errorf("%s is no path of Smithy's RPC", r.URL.Path)
	}
	if out, err = replay.ToJSON(body); err != nil {
		return "", nil, nil, err
	}
	header = http.Header{
		"Authorization": r.Header["Authorization"],
		"Content-Type":  {"application/x-amz-json-1.0"}, "X-Amz-Target": {parts[1] + "." + parts[3]},
	}
	return "/", header, out, nil
}

// asCBOR makes a JSON answer one of Smithy's RPC over CBOR.
func asCBOR(a replay.Answer) (replay.Answer, error) {
	d := json.NewDecoder(bytes.NewReader(a.Body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return a, fmt.Errorf("an answer in JSON: %w", err)
	}
	v, err := typed("", v)
	if err != nil {
		return a, err
	}
	if a.Body, err = cbor.Marshal(v); err != nil {
		return a, err
	}
	a.Header = http.Header{"Content-Type": {"application/cbor"}, "Smithy-Protocol": {"rpc-v2-cbor"}}
	return a, nil
}

// typed gives numbers their CBOR type, and times their tag: in JSON they are seconds since 1970, told by their name.
func typed(name string, v any) (any, error) {
	var err error
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			if v[k], err = typed(k, e); err != nil {
				return nil, err
			}
		}
	case []any:
		for i, e := range v {
			if v[i], err = typed(name, e); err != nil {
				return nil, err
			}
		}
	case json.Number:
		if strings.HasSuffix(name, "Timestamp") {
			f, err := v.Float64()
			return cbor.Tag{Number: 1, Content: f}, err
		}
		if i, err := v.Int64(); err == nil && name != "Threshold" {
			return i, nil
		}
		return v.Float64()
	}
	return v, nil
}
