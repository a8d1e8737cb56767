package shape

import "slices"

// Prune removes what is at a path, in place, through the shape's keyed sets; [*] removes from every element. What
// isn't there is no error.
func (s *Shape) Prune(config map[string]any, path Path) {
	if len(path) > 0 {
		prune(s.root, config, path)
	}
}

func prune(p *Property, v any, path Path) any {
	seg, last := path[0], len(path) == 1
	next := p.step(seg)
	if next == nil {
		next = &Property{Kind: JSON}
	}
	switch v := v.(type) {
	case map[string]any:
		for name, child := range v {
			if seg.Kind != AnySegment && seg.Name != name {
				continue
			}
			if last {
				delete(v, name)
			} else {
				v[name] = prune(next, child, path[1:])
			}
		}
	case []any:
		drop := func(i int, e any) bool {
			switch seg.Kind {
			case AnySegment:
				return true
			case IndexSegment:
				return seg.Index == i
			case KeySegment:
				m, _ := e.(map[string]any)
				return p.Key != "" && m[p.Key] == seg.Name
			}
			return false
		}
		kept := make([]any, 0, len(v))
		for i, e := range v {
			hit := drop(i, e)
			if hit && last {
				continue
			}
			if hit {
				e = prune(next, e, path[1:])
			}
			kept = append(kept, e)
		}
		return slices.Clip(kept)
	}
	return v
}

// At returns what is at a path, through the shape's keyed sets, and whether anything is.
func (s *Shape) At(config map[string]any, path Path) (any, bool) {
	p, v := s.root, any(config)
	for _, seg := range path {
		var next any
		ok := false
		switch v := v.(type) {
		case map[string]any:
			next, ok = v[seg.Name]
			ok = ok && (seg.Kind == NameSegment || seg.Kind == KeySegment)
		case []any:
			for i, e := range v {
				m, _ := e.(map[string]any)
				if seg.Kind == IndexSegment && seg.Index == i ||
					seg.Kind == KeySegment && p != nil && p.Key != "" && m[p.Key] == seg.Name {
					next, ok = e, true
					break
				}
			}
		}
		if !ok {
			return nil, false
		}
		if p != nil {
			p = p.step(seg)
		}
		v = next
	}
	return v, true
}
