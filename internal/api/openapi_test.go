package api_test

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/api"
	"github.com/infraudit/infraudit/internal/store"
)

var update = flag.Bool("update", false, "rewrite golden files")

// The store is what the API reads from: wire passes it as it is.
var (
	_ api.Tokens     = (*store.Store)(nil)
	_ api.Providers  = (*store.Store)(nil)
	_ api.Resources  = (*store.Store)(nil)
	_ api.Baselines  = (*store.Store)(nil)
	_ api.Drifts     = (*store.Store)(nil)
	_ api.Executions = (*store.Store)(nil)
	_ api.Attempt    = (*store.Attempt)(nil)
)

const golden = "../../docs/openapi.json"

func TestDocumentIsTheCommittedOne(t *testing.T) {
	got, err := api.Document("1")
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("docs/openapi.json is stale; run: go test ./internal/api -run Document -update\n%s", d)
	}
}

type document struct {
	Paths map[string]map[string]struct {
		OperationID string                `json:"operationId"`
		Summary     string                `json:"summary"`
		Tags        []string              `json:"tags"`
		Security    []map[string][]string `json:"security"`
		Parameters  []struct {
			Name   string `json:"name"`
			Schema struct {
				Minimum float64 `json:"minimum"`
				Maximum float64 `json:"maximum"`
				Default any     `json:"default"`
			} `json:"schema"`
		} `json:"parameters"`
		Responses map[string]struct {
			Description string                     `json:"description"`
			Headers     map[string]json.RawMessage `json:"headers"`
			Content     map[string]struct {
				Schema struct {
					Ref string `json:"$ref"`
				} `json:"schema"`
			} `json:"content"`
		} `json:"responses"`
	} `json:"paths"`
	Components struct {
		Schemas map[string]json.RawMessage `json:"schemas"`
	} `json:"components"`
}

func TestEveryOperationIsDocumentedWhole(t *testing.T) {
	raw, err := api.Document("1")
	if err != nil {
		t.Fatal(err)
	}
	var doc document
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			t.Run(method+" "+path, func(t *testing.T) {
				if op.OperationID == "" || seen[op.OperationID] || op.Summary == "" || len(op.Tags) != 1 {
					t.Errorf("operationId %q, summary %q, tags %v", op.OperationID, op.Summary, op.Tags)
				}
				seen[op.OperationID] = true
				if len(op.Security) != 1 || op.Security[0]["bearer"] == nil {
					t.Errorf("security is %v", op.Security)
				}
				want := []string{"401", "422", "500", "503", "504"}
				if strings.Contains(path, "{") {
					want = append(want, "404")
				}
				for _, status := range want {
					r := op.Responses[status]
					if r.Description == "" || r.Content["application/problem+json"].Schema.Ref != "#/components/schemas/Problem" {
						t.Errorf("answer %s is not a documented problem", status)
					}
				}
				ok := false
				for status, r := range op.Responses {
					ok = ok || strings.HasPrefix(status, "2")
					if (status == "201" || status == "202") && r.Headers["Location"] == nil {
						t.Errorf("answer %s has no Location", status)
					}
				}
				if !ok && op.OperationID != "connect-provider" {
					t.Error("no success is documented")
				}
				if ref := op.Responses["200"].Content["application/json"].Schema.Ref; strings.HasSuffix(ref, "List") && !strings.HasSuffix(ref, "CoverageList") {
					params := map[string]bool{}
					for _, p := range op.Parameters {
						params[p.Name] = true
						if p.Name == "limit" && (p.Schema.Minimum != 1 || p.Schema.Maximum != 200 || p.Schema.Default != 50.0) {
							t.Errorf("limit is %+v", p.Schema)
						}
					}
					if !params["limit"] || !params["cursor"] || op.Responses["400"].Description == "" {
						t.Errorf("a list with parameters %v", params)
					}
				}
			})
		}
	}
	for name := range doc.Components.Schemas {
		if strings.HasPrefix(name, "Error") {
			t.Errorf("schema %s is huma's own", name)
		}
	}
}
