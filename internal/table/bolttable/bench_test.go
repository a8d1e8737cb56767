package bolttable_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/table"
	"github.com/infraudit/infraudit/internal/table/bolttable"
)

// inventory is shaped as the product's largest table: items of which a third, the resources, are in an index that
// projects a little of them.
var inventory = []table.Schema{{Name: "inventory", Indexes: []table.Index{
	{Name: "slice", PK: "slice", SK: "slice_sk", Project: []string{"hash", "external_id"}},
}}}

func openBench(b *testing.B) *bolttable.DB {
	b.Helper()
	db, err := bolttable.Open(filepath.Join(b.TempDir(), "bench.db"), inventory, bolttable.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	return db
}

// resource is what a first sync writes for one resource: the item, its configuration and its baseline, each found
// through an index.
func resource(n int) []table.Write {
	external := fmt.Sprintf("arn:aws:ec2:eu-west-1:123456789012:volume/vol-%017d", n)
	key := audit.ExternalKey(external)
	config := make([]byte, 300)
	copy(config, external)
	slice := fmt.Sprintf("s#%04d", n/5000)
	index := func(kind string, a table.Attrs) table.Attrs {
		a["slice"], a["slice_sk"] = slice+kind, key
		return a
	}
	return []table.Write{
		{Table: "inventory", Key: table.Key{PK: "r#" + slice, SK: key}, Attrs: index("", table.Attrs{
			"external_id": external, "hash": audit.Digest(26, external), "type": "AWS::EC2::Volume",
			"name": "volume", "region": "eu-west-1", "first_seen": int64(1790000000 + n), "version": int64(1),
		})},
		{Table: "inventory", Key: table.Key{PK: "c#" + key, SK: "config"}, Attrs: index("c", table.Attrs{
			"data": config, "hash": audit.Digest(26, external),
		})},
		{Table: "inventory", Key: table.Key{PK: "b#" + slice, SK: key}, Attrs: index("b", table.Attrs{
			"hash": audit.Digest(26, external), "captured": int64(1790000000 + n),
		})},
	}
}

func applyResources(b *testing.B, db table.DB, from, to int) {
	b.Helper()
	for from < to {
		var writes []table.Write
		for len(writes) < 3*500 && from < to {
			writes = append(writes, resource(from)...)
			from++
		}
		if _, err := db.Apply(b.Context(), writes); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkApply writes new resources (three puts and three index entries each), 500 to an Apply, with syncing.
func BenchmarkApply(b *testing.B) {
	b.ReportAllocs()
	db := openBench(b)
	b.ResetTimer()
	applyResources(b, db, 0, b.N)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "resources/s")
}

// BenchmarkQueryIndex reads projected entries of slices of 5,000.
func BenchmarkQueryIndex(b *testing.B) {
	b.ReportAllocs()
	db := openBench(b)
	const stored = 20000
	applyResources(b, db, 0, stored)
	b.ResetTimer()
	read := 0
	for slice := 0; read < b.N; slice = (slice + 1) % (stored / 5000) {
		q := table.Query{Table: "inventory", Index: "slice", PK: fmt.Sprintf("s#%04d", slice)}
		for _, err := range table.All(b.Context(), db, q) {
			if err != nil {
				b.Fatal(err)
			}
			read++
		}
	}
	b.ReportMetric(float64(read)/b.Elapsed().Seconds(), "items/s")
}

// BenchmarkQueryTable reads whole items.
func BenchmarkQueryTable(b *testing.B) {
	b.ReportAllocs()
	db := openBench(b)
	applyResources(b, db, 0, 5000)
	b.ResetTimer()
	read := 0
	for read < b.N {
		for _, err := range table.All(b.Context(), db, table.Query{Table: "inventory", PK: "r#s#0000"}) {
			if err != nil {
				b.Fatal(err)
			}
			read++
		}
	}
	b.ReportMetric(float64(read)/b.Elapsed().Seconds(), "items/s")
}

// BenchmarkListPage reads pages of 50, as an API list does.
func BenchmarkListPage(b *testing.B) {
	b.ReportAllocs()
	db := openBench(b)
	applyResources(b, db, 0, 5000)
	q := table.Query{Table: "inventory", PK: "r#s#0000", Limit: 50}
	for b.Loop() {
		page, err := db.Query(b.Context(), q)
		if err != nil {
			b.Fatal(err)
		}
		q.After = page.Next
	}
}

// BenchmarkGet reads one item.
func BenchmarkGet(b *testing.B) {
	b.ReportAllocs()
	db := openBench(b)
	applyResources(b, db, 0, 1000)
	key := resource(500)[0].Key
	for b.Loop() {
		if _, err := db.Get(b.Context(), "inventory", key); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWriteConcurrently makes single conditional updates from many goroutines, which share syncs.
func BenchmarkWriteConcurrently(b *testing.B) {
	b.ReportAllocs()
	db := openBench(b)
	applyResources(b, db, 0, 1000)
	b.SetParallelism(64)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for n := int(time.Now().UnixNano()); pb.Next(); n++ {
			_, err := db.Write(b.Context(), table.Write{
				Table: "inventory", Kind: table.Update, Key: resource(n % 1000)[0].Key,
				Add: map[string]int64{"version": 1}, If: table.IfPresent(),
			})
			if err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
}
