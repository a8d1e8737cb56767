package bolttable_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/table"
	"github.com/infraudit/infraudit/internal/table/bolttable"
	"github.com/infraudit/infraudit/internal/table/tabletest"
)

// envWriter makes the test binary, started again, a process that writes to the file it names until it is killed.
const envWriter = "BOLTTABLE_TEST_WRITER"

func TestMain(m *testing.M) {
	if path := os.Getenv(envWriter); path != "" {
		if err := writeForever(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// writeForever prints each generation after its acknowledgement: a batch, and a transaction that moves the total.
func writeForever(path string) error {
	db, err := bolttable.Open(path, tabletest.Schemas(), bolttable.Options{})
	if err != nil {
		return err
	}
	for n := 1; ; n++ {
		if _, err := db.Apply(context.Background(), generation(n)); err != nil {
			return err
		}
		err := db.Transact(context.Background(), []table.Write{
			{Table: "plain", Key: table.Key{PK: "total", SK: "a"}, Attrs: table.Attrs{"n": int64(n)}},
			{Table: "plain", Key: table.Key{PK: "total", SK: "b"}, Attrs: table.Attrs{"n": int64(n)}},
		})
		if err != nil {
			return err
		}
		fmt.Println(n)
	}
}

func generation(n int) []table.Write {
	writes := make([]table.Write, 50)
	for i := range writes {
		sk := fmt.Sprintf("%06d-%02d", n, i)
		writes[i] = table.Write{Table: "items", Key: table.Key{PK: "p", SK: sk}, Attrs: table.Attrs{
			"ip": "i", "is": sk, "kp": "k", "ks": sk, "ttl": int64(1 << 40),
		}}
	}
	return writes
}

func TestAKilledProcessLosesNothingAcknowledged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "killed.db")
	for round := range 3 {
		acknowledged := runAndKill(t, path, 20+round*7)
		db, err := bolttable.Open(path, tabletest.Schemas(), bolttable.Options{})
		if err != nil {
			t.Fatal(err)
		}
		count := func(q table.Query) (n int) {
			for _, err := range table.All(t.Context(), db, q) {
				if err != nil {
					t.Fatal(err)
				}
				n++
			}
			return n
		}
		items := count(table.Query{Table: "items", PK: "p"})
		if items < acknowledged*50 {
			t.Errorf("%d items of %d acknowledged batches", items, acknowledged)
		}
		for index, pk := range map[string]string{"some": "i", "keys": "k"} {
			if got := count(table.Query{Table: "items", Index: index, PK: pk}); got != items {
				t.Errorf("index %s has %d of %d items", index, got, items)
			}
		}
		var totals []int64
		for it, err := range table.All(t.Context(), db, table.Query{Table: "plain", PK: "total"}) {
			if err != nil {
				t.Fatal(err)
			}
			totals = append(totals, it.Int("n"))
		}
		if len(totals) != 2 || totals[0] != totals[1] || totals[0] < int64(acknowledged) {
			t.Errorf("totals %v after %d", totals, acknowledged)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// runAndKill runs a writer until it has acknowledged some generations, kills it and returns the last it told of.
func runAndKill(t *testing.T, path string, generations int) (acknowledged int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0]) //nolint:gosec // this test itself
	cmd.Env = append(os.Environ(), envWriter+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		n, err := strconv.Atoi(lines.Text())
		if err != nil {
			break // the last line may be cut
		}
		if acknowledged = n; n == generations {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || acknowledged < generations {
		t.Fatalf("the writer ended by itself after %d: %v", acknowledged, err)
	}
	return acknowledged
}

func TestAFileInUseIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "used.db")
	openFile(t, path, tabletest.Schemas(), bolttable.Options{NoSync: true})
	start := time.Now()
	_, err := bolttable.Open(path, tabletest.Schemas(), bolttable.Options{})
	if !errors.Is(err, bolttable.ErrInUse) || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v", err)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestAFileThatIsNoDatabaseIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(path, []byte(strings.Repeat("not a database\n", 2000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := bolttable.Open(path, tabletest.Schemas(), bolttable.Options{}); err == nil {
		t.Error("no error")
	}
}

func TestOnlyTheOwnerCanReadTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mode.db")
	openFile(t, path, tabletest.Schemas(), bolttable.Options{NoSync: true})
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(os.FileMode(0o600), info.Mode().Perm()); d != "" {
		t.Error(d)
	}
}

func TestAfterCloseCallsSayThatItIsClosed(t *testing.T) {
	db := openFile(t, filepath.Join(t.TempDir(), "closed.db"), tabletest.Schemas(), bolttable.Options{NoSync: true})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	k := table.Key{PK: "p", SK: "s"}
	_, get := db.Get(t.Context(), "items", k)
	_, query := db.Query(t.Context(), table.Query{Table: "items", PK: "p"})
	_, write := db.Write(t.Context(), table.Write{Table: "items", Key: k})
	_, apply := db.Apply(t.Context(), []table.Write{{Table: "items", Key: k}})
	transact := db.Transact(t.Context(), []table.Write{{Table: "items", Key: k}})
	for i, err := range []error{get, query, write, apply, transact} {
		if !errors.Is(err, bolttable.ErrClosed) {
			t.Errorf("call %d: %v", i, err)
		}
	}
}
