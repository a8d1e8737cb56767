// Package estate is the demo account as it is embedded: for each service and region, which answer each call gets.
//
// A file is a txtar archive named SERVICE.REGION.txtar ("global" stands for any region). An entry is named by its
// call, as awscall.Call.Key writes it, after an optional status: "GetKeyPolicy KeyId=1234", "404 GetBucketPolicy
// Bucket=assets", or "denied GetBucketPolicy Bucket=vault", which needs no body. Bodies may hold placeholders:
//
//	{{ago "36h"}}         a time before the server's start, as RFC 3339 ("400d6h": days come first)
//	{{epoch "36h"}}       the same as seconds since the epoch
//	{{csvtime "36h"}}     the same as the credential report writes times
//	{{base64 "entry"}}    another entry's text, rendered and encoded
//
// There are four layers: what was recorded and what was written from the API documentation, for the first state and
// for the second. Written wins over recorded, second over base.
package estate

import (
	"embed"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/infraudit/infraudit/internal/demo/awscall"
)

//go:embed recorded written
var files embed.FS

// Files is the embedded estate: recorded/{base,second}/*.txtar and written/{base,second}/*.
func Files() fs.FS { return files }

// Layer is a directory of the estate.
type Layer string

// The layers.
const (
	RecordedBase   Layer = "recorded/base"
	WrittenBase    Layer = "written/base"
	RecordedSecond Layer = "recorded/second"
	WrittenSecond  Layer = "written/second"
)

// AnyRegion is the region in the names of files whose calls may be signed for any region.
const AnyRegion = "global"

// place is a service of a region.
type place struct{ service, region string }

// Entry is an answer as it is written down.
type Entry struct {
	Status int // 0 for a denial
	Text   string
}

// Estate answers calls from layers.
type Estate struct {
	entries map[place]map[string]Entry
}

// Load reads layers; the later win. A layer without files is empty.
func Load(fsys fs.FS, layers ...Layer) (*Estate, error) {
	e := &Estate{entries: map[place]map[string]Entry{}}
	for _, layer := range layers {
		names, err := fs.Glob(fsys, string(layer)+"/*.txtar")
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", layer, err)
		}
		for _, name := range names {
			data, err := fs.ReadFile(fsys, name)
			if err != nil {
				return nil, fmt.Errorf("read the demo's estate: %w", err)
			}
			if err := e.add(name, data); err != nil {
				return nil, err
			}
		}
	}
	return e, nil
}

func (e *Estate) add(name string, data []byte) error {
	service, region, ok := strings.Cut(strings.TrimSuffix(path.Base(name), ".txtar"), ".")
	if !ok {
		return fmt.Errorf("%s: want SERVICE.REGION.txtar", name)
	}
	at := place{service, region}
	if e.entries[at] == nil {
		e.entries[at] = map[string]Entry{}
	}
	seen := map[string]bool{}
	for _, f := range txtar.Parse(data).Files {
		key, entry := parseName(f.Name)
		if seen[key] {
			return fmt.Errorf("%s: %q is there twice", name, key)
		}
		seen[key] = true
		entry.Text = strings.TrimSpace(string(f.Data))
		e.entries[at][key] = entry
	}
	return nil
}

func parseName(name string) (key string, e Entry) {
	first, rest, ok := strings.Cut(name, " ")
	if ok && first == "denied" {
		return rest, Entry{}
	}
	if status, err := strconv.Atoi(first); ok && err == nil {
		return rest, Entry{Status: status}
	}
	return name, Entry{Status: http.StatusOK}
}

// Lookup returns the answer to a call, as it is written down.
func (e *Estate) Lookup(c awscall.Call) (Entry, bool) {
	key := c.Key()
	for _, region := range []string{c.Region, AnyRegion} {
		if entry, ok := e.entries[place{c.Service, region}][key]; ok {
			return entry, true
		}
	}
	return Entry{}, false
}

// Text returns an entry of a service's files that isn't an answer, such as the credential report.
func (e *Estate) Text(service, region, name string) (string, bool) {
	entry, ok := e.entries[place{service, region}][name]
	return entry.Text, ok
}
