package estate_test

import (
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"pgregory.net/rapid"

	"github.com/infraudit/infraudit/internal/demo/awscall"
	"github.com/infraudit/infraudit/internal/demo/estate"
)

func layer(files map[string]string) fstest.MapFS {
	out := fstest.MapFS{}
	for name, text := range files {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

func TestLaterLayersWin(t *testing.T) {
	e, err := estate.Load(layer(map[string]string{
		"recorded/base/kms.eu-west-1.txtar":   "-- ListKeys --\nfirst\n-- DescribeKey KeyId=a%20b --\nkey\n",
		"recorded/second/kms.eu-west-1.txtar": "-- ListKeys --\nsecond\n",
		"written/base/kms.global.txtar":       "-- 400 ListAliases --\nno\n-- denied GetKeyPolicy KeyId=x --\n",
	}), estate.RecordedBase, estate.RecordedSecond, estate.WrittenBase)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		call   awscall.Call
		text   string
		status int
	}{
		"a later layer's entry":      {awscall.Call{Operation: "ListKeys"}, "second", 200},
		"an earlier layer's":         {awscall.Call{Operation: "DescribeKey", Params: map[string]string{"KeyId": "a b"}}, "key", 200},
		"one of any region":          {awscall.Call{Operation: "ListAliases"}, "no", 400},
		"a denial, which is no text": {awscall.Call{Operation: "GetKeyPolicy", Params: map[string]string{"KeyId": "x"}}, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			c.call.Service, c.call.Region = awscall.KMS, "eu-west-1"
			got, ok := e.Lookup(c.call)
			if !ok || got.Text != c.text || got.Status != c.status {
				t.Errorf("got %+v, %t", got, ok)
			}
		})
	}
	if _, ok := e.Lookup(awscall.Call{Service: awscall.KMS, Region: "us-east-1", Operation: "ListKeys"}); ok {
		t.Error("an entry of one region answers in another")
	}
}

func TestLoadRefusesFilesThatContradictThemselves(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"an entry twice":        {"recorded/base/kms.eu-west-1.txtar": "-- ListKeys --\na\n-- 400 ListKeys --\nb\n"},
		"a name without region": {"recorded/base/kms.txtar": "-- ListKeys --\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := estate.Load(layer(files), estate.RecordedBase); err == nil {
				t.Error("it was loaded")
			}
		})
	}
}

// Every entry of the embedded estate is an answer that can be given.
func TestEveryEntryRenders(t *testing.T) {
	files := estate.Files()
	layers := []estate.Layer{estate.RecordedBase, estate.RecordedSecond, estate.WrittenBase, estate.WrittenSecond}
	for _, l := range layers {
		e, err := estate.Load(files, l)
		if err != nil {
			t.Fatal(err)
		}
		names, err := fs.Glob(files, string(l)+"/*.txtar")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			t.Run(name, func(t *testing.T) { renders(t, e, files, name) })
		}
	}
}

func renders(t *testing.T, e *estate.Estate, files fs.FS, name string) {
	data, err := fs.ReadFile(files, name)
	if err != nil {
		t.Fatal(err)
	}
	service, region, _ := strings.Cut(strings.TrimSuffix(name[strings.LastIndexByte(name, '/')+1:], ".txtar"), ".")
	for _, f := range txtar.Parse(data).Files {
		operation, params := parse(f.Name)
		c := awscall.Call{Service: service, Region: region, Operation: operation, Params: params}
		entry, ok := e.Lookup(c)
		if !ok {
			t.Errorf("%q isn't found by its own call %s", f.Name, c)
			continue
		}
		a, err := e.Render(c, entry, time.Now(), "arn:aws:iam::123456789012:user/test")
		if err != nil {
			t.Error(err)
		}
		if strings.Contains(string(a.Body), "{{") {
			t.Errorf("%s: the template is still there:\n%s", c, a.Body)
		}
	}
}

// parse undoes awscall.Call.Key.
func parse(name string) (operation string, params map[string]string) {
	words := strings.Fields(name)
	if words[0] == "denied" || strings.Trim(words[0], "0123456789") == "" {
		words = words[1:]
	}
	params = map[string]string{}
	for _, word := range words[1:] {
		k, v, _ := strings.Cut(word, "=")
		params[k] = strings.NewReplacer("%20", " ", "%25", "%").Replace(v)
	}
	return words[0], params
}

func TestAgesReadAsTheyAreWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(0, int64(5000*24*time.Hour/time.Second)).Draw(t, "seconds")) * time.Second
		got, err := estate.ParseAge(estate.FormatAge(d))
		if err != nil || got != d {
			t.Fatalf("%s is written %q and read as %s, %v", d, estate.FormatAge(d), got, err)
		}
	})
}

func TestAgesThatAreNone(t *testing.T) {
	for _, age := range slices.Sorted(maps.Keys(map[string]bool{"": true, "d": true, "3x": true, "3d4x": true, "yesterday": true})) {
		if d, err := estate.ParseAge(age); err == nil && age != "" {
			t.Errorf("%q is read as %s", age, d)
		}
	}
}
