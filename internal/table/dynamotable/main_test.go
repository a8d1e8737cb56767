//go:build integration

package dynamotable_test

import (
	"flag"
	"os"
	"testing"
	"time"

	"github.com/infraudit/infraudit/internal/table"
	"github.com/infraudit/infraudit/internal/table/dynamotable"
	"github.com/infraudit/infraudit/internal/table/tabletest"
	"github.com/infraudit/infraudit/internal/table/tabletest/dynamolocal"
)

var local dynamolocal.Server

func TestMain(m *testing.M) {
	code := m.Run()
	local.Stop()
	os.Exit(code)
}

func open(t *testing.T, schemas []table.Schema, clock func() time.Time) table.DB {
	t.Helper()
	db, err := dynamotable.New(local.Client(t), schemas, dynamotable.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.CreateTables(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

func TestConformance(t *testing.T) { tabletest.Run(t, open) }

func TestModel(t *testing.T) {
	// Requests take milliseconds here, so fewer checks than rapid's 100; more when asked for by its flag.
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		if err := flag.Set("rapid.checks", "8"); err != nil {
			t.Fatal(err)
		}
	}
	tabletest.RunModel(t, open)
}
