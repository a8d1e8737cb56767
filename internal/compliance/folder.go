package compliance

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	slashpath "path"
	"slices"
	"strings"

	"github.com/infraudit/infraudit/internal/rule"
)

// Folder is what a folder of rules and frameworks of one's own holds.
type Folder struct {
	Rules, Frameworks []rule.Own
	// Problems are of files that are neither.
	Problems []rule.Problem
}

// maxFiles bounds how many files of a folder are read.
const maxFiles = 2_000

// ReadFolder reads the files below a folder that end with .yaml, .yml or .json, in the order of their names, or one file: root
// is which of the file system. What a file is, its content tells: a framework has controls, any other is a rule, or a list of them below "rules". Hidden files and
// folders are left out, also because a ConfigMap mounted by Kubernetes has its files there a second time. shown is how a file
// is named in problems.
func ReadFolder(fsys fs.FS, root string, shown func(name string) string) (*Folder, error) {
	out := &Folder{}
	files := 0
	err := fs.WalkDir(fsys, root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != root && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir() || !slices.Contains([]string{".yaml", ".yml", ".json"}, slashpath.Ext(name)):
			return nil
		}
		if files++; files > maxFiles {
			return fmt.Errorf("there are over %d files", maxFiles)
		}
		text, err := readText(fsys, name)
		if err != nil {
			out.Problems = append(out.Problems, rule.Problem{Source: shown(name), Message: err.Error()})
			return nil //nolint:nilerr // a file that can't be read is a problem, and the others are read
		}
		out.add(rule.Own{Name: shown(name), Text: text})
		return nil
	})
	return out, err
}

// readText reads a file, through a link too, but nothing that one could wait for.
func readText(fsys fs.FS, name string) (string, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return "", withoutPath(err)
	}
	if !info.Mode().IsRegular() {
		return "", errors.New("is no file")
	}
	f, err := fsys.Open(name)
	if err != nil {
		return "", withoutPath(err)
	}
	defer f.Close()
	body, err := io.ReadAll(io.LimitReader(f, MaxText+1))
	if err == nil && len(body) > MaxText {
		err = fmt.Errorf("is larger than %d bytes", MaxText)
	}
	return string(body), err
}

// withoutPath returns the error alone: the problem names the file.
func withoutPath(err error) error {
	if of, ok := errors.AsType[*fs.PathError](err); ok {
		return of.Err
	}
	return err
}

func (f *Folder) add(o rule.Own) {
	doc, problems := rule.ParseDocument(o.Name, o.Text)
	switch {
	case len(problems) > 0:
		f.Problems = append(f.Problems, problems...)
	case doc.Has("controls", "sections", "groups"):
		f.Frameworks = append(f.Frameworks, o)
	case doc.Has("rules", "passes", "types", "examples"):
		f.Rules = append(f.Rules, o)
	default:
		f.Problems = append(f.Problems, rule.Problem{Source: o.Name, Line: doc.Line(""), Message: "is no rule, no list of rules and no framework"})
	}
}

// ExtendBy adds what folders hold to a set and its catalog. What is wrong is left out and told, in the order of the files.
func (c *Catalog) ExtendBy(folders ...*Folder) (*rule.Set, *Catalog, []rule.Problem) {
	var rules, frameworks []rule.Own
	var problems []rule.Problem
	for _, f := range folders {
		rules, frameworks, problems = append(rules, f.Rules...), append(frameworks, f.Frameworks...), append(problems, f.Problems...)
	}
	set, refused := c.set.Extend(rules)
	catalog, more := c.Extend(set, refused, frameworks)
	return set, catalog, slices.Concat(problems, refused, more)
}
