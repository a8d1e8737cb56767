package drift

import (
	"maps"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/shape"
)

// FillBaseline takes over what a baseline couldn't read and the current configuration could: a path that was unread
// is filled by the first successful read. Where the current one is unread in part, that part stays unread. It
// returns the filled baseline with its new hash, and false where there is nothing to fill. Neither argument is changed.
func FillBaseline(sh *shape.Shape, baseline, current audit.Configuration) (audit.Configuration, bool) {
	if len(baseline.Unread) == 0 {
		return baseline, false
	}
	to := canonical(sh, baseline.Config, baseline.Unread)
	from := canonical(sh, current.Config, current.Unread)
	unread := maps.Clone(baseline.Unread)
	filled := false
	for text := range baseline.Unread {
		path, ok := sh.UnreadPath(text)
		if !ok || covered(current.Unread, text) {
			continue
		}
		if _, there := sh.At(from, path[:len(path)-1]); !there && throughElement(path[:len(path)-1]) {
			continue // the element that holds it is gone
		}
		if value, ok := sh.At(from, path); ok && !sh.Put(to, path, shape.Clone(value)) {
			continue
		}
		delete(unread, text)
		for narrower, why := range current.Unread {
			if narrower != text && shape.Covers(path.String(), narrower) {
				unread[narrower] = why
			}
		}
		filled = true
	}
	if !filled {
		return baseline, false
	}
	_ = sh.NormalizeUnread(to, unread)
	if len(unread) == 0 {
		unread = nil
	}
	encoded, err := shape.Canonical(to, unread)
	if err != nil {
		return baseline, false
	}
	return audit.Configuration{Hash: shape.Hash(encoded), Config: to, Unread: unread}, true
}

func covered(unread map[string]audit.Unread, path string) bool {
	for at := range unread {
		if shape.Covers(at, path) {
			return true
		}
	}
	return false
}

func throughElement(path shape.Path) bool {
	for _, seg := range path {
		if seg.Kind != shape.NameSegment {
			return true
		}
	}
	return false
}
