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

// Put sets what is at a path, in place: absent when value is nil. Objects on the way are made; elements of lists
// and keyed sets aren't, and it returns false where one is missing.
func (s *Shape) Put(config map[string]any, path Path, value any) bool {
	if len(path) == 0 {
		return false
	}
	parent, ok := any(config), true
	if len(path) > 1 {
		if parent, ok = s.At(config, path[:len(path)-1]); !ok {
			last := path[len(path)-2]
			made := map[string]any{}
			if last.Kind != NameSegment || value == nil || !s.Put(config, path[:len(path)-1], made) {
				return value == nil && last.Kind == NameSegment
			}
			parent = made
		}
	}
	last := path[len(path)-1]
	switch parent := parent.(type) {
	case map[string]any:
		if last.Kind != NameSegment && last.Kind != KeySegment {
			return false
		}
		if value == nil {
			delete(parent, last.Name)
		} else {
			parent[last.Name] = value
		}
		return true
	case []any:
		key := ""
		if p := s.Property(path[:len(path)-1]); p != nil {
			key = p.Key
		}
		for i, e := range parent {
			m, _ := e.(map[string]any)
			if value != nil && (last.Kind == IndexSegment && last.Index == i ||
				last.Kind == KeySegment && key != "" && m[key] == last.Name) {
				parent[i] = value
				return true
			}
		}
	}
	return false
}
