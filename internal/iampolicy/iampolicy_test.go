package iampolicy_test

import (
	"encoding/json"
	"testing"

	"github.com/infraudit/infraudit/internal/iampolicy"
)

// owner is whose the policies of the tests are.
var owner = iampolicy.Owner{
	Account: "111122223333", Organization: "o-mine000000", CanonicalID: "79a59df900b949e55d96a1e698fbaced",
	Trusted: []string{"111122224444"},
}

func decode(t testing.TB, doc string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(doc), &v); err != nil {
		t.Fatalf("%v\n%s", err, doc)
	}
	return v
}

func parse(t testing.TB, doc string) *iampolicy.Policy {
	t.Helper()
	p, err := iampolicy.Parse(decode(t, doc))
	if err != nil {
		t.Fatalf("%v\n%s", err, doc)
	}
	return p
}

// policy makes a document of statements.
func policy(statements string) string {
	return `{"Version":"2012-10-17","Statement":[` + statements + `]}`
}

// identity reads one policy for each document, with a boundary where that isn't empty.
func identity(t testing.TB, boundary string, docs ...string) *iampolicy.Identity {
	t.Helper()
	var list []iampolicy.Document
	for i, doc := range docs {
		list = append(list, iampolicy.Document{Name: string(rune('a' + i)), Policy: decode(t, doc)})
	}
	var b *iampolicy.Document
	if boundary != "" {
		b = &iampolicy.Document{Name: "boundary", Policy: decode(t, boundary)}
	}
	id, err := iampolicy.ParseIdentity(list, b)
	if err != nil {
		t.Fatal(err)
	}
	return id
}
