package bolttable_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/infraudit/infraudit/internal/table"
	"github.com/infraudit/infraudit/internal/table/bolttable"
	"github.com/infraudit/infraudit/internal/table/tabletest"
)

func open(t *testing.T, schemas []table.Schema, clock func() time.Time) table.DB {
	t.Helper()
	return openFile(t, filepath.Join(t.TempDir(), "test.db"), schemas, bolttable.Options{Clock: clock, NoSync: true})
}

func openFile(t *testing.T, path string, schemas []table.Schema, opts bolttable.Options) *bolttable.DB {
	t.Helper()
	db, err := bolttable.Open(path, schemas, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func TestConformance(t *testing.T) { tabletest.Run(t, open) }

func TestCostsAreThoseThatDynamoDBDocuments(t *testing.T) { tabletest.RunDocumentedCosts(t, open) }

func TestModel(t *testing.T) { tabletest.RunModel(t, open) }
