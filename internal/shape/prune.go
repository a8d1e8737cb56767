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
		kept := make([]any, 0, len(v))
		for i, e := range v {
			hit := selects(p, seg, i, e)
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

// UnreadPath parses the path of something unread and cuts it where it can't be followed: at ordered lists, whose elements
// move, and at sets without a key. What is unread in part of those is unread as a whole. It returns false for what is
// no path.
func (s *Shape) UnreadPath(text string) (Path, bool) {
	path, err := ParsePath(text)
	if err != nil {
		return nil, false
	}
	p := s.root
	for i, seg := range path {
		if seg.Kind == IndexSegment || p != nil && p.Kind == List || p != nil && p.Kind == Unique && p.Key == "" {
			return path[:i], i > 0
		}
		if p != nil {
			p = p.step(seg)
		}
	}
	return path, true
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
			if i := find(p, v, seg); i >= 0 {
				next, ok = v[i], true
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

// Put sets what is at a path, in place, and makes what is missing on the way: objects, and elements of lists and keyed
// sets. It returns false where the shape, or a value on the way, doesn't allow it.
func (s *Shape) Put(config map[string]any, path Path, value any) bool {
	if len(path) == 0 || s.Property(path) == nil {
		return false
	}
	_, ok := put(s.root, config, path, value)
	return ok
}

// put returns the container v, or a new one where v is nil, with value at path.
func put(p *Property, v any, path Path, value any) (any, bool) {
	if len(path) == 0 {
		return value, true
	}
	seg := path[0]
	next := p.step(seg)
	switch p.Kind {
	case Object, Map:
		m, ok := v.(map[string]any)
		if v == nil {
			m, ok = map[string]any{}, true
		}
		if !ok || seg.Kind != NameSegment && seg.Kind != KeySegment {
			return nil, false
		}
		made, ok := put(next, m[seg.Name], path[1:], value)
		if ok {
			m[seg.Name] = made
		}
		return m, ok
	case List, Unique:
		l, ok := v.([]any)
		if v != nil && !ok {
			return nil, false
		}
		at := find(p, l, seg)
		if at < 0 {
			at = len(l)
			if seg.Kind == IndexSegment && seg.Index < at {
				at = seg.Index
			}
			var element any
			if p.Key != "" && seg.Kind == KeySegment {
				element = map[string]any{p.Key: seg.Name}
			}
			l = slices.Insert(l, at, element)
		}
		made, ok := put(next, l[at], path[1:], value)
		if ok {
			l[at] = made
		}
		return l, ok
	}
	return nil, false
}

// selects tells whether a segment selects the element e at index i of a list or set.
func selects(p *Property, seg Segment, i int, e any) bool {
	switch seg.Kind {
	case AnySegment:
		return true
	case IndexSegment:
		return seg.Index == i
	case KeySegment:
		m, _ := e.(map[string]any)
		return p != nil && p.Key != "" && m[p.Key] == seg.Name
	}
	return false
}

// find returns the index of the element that a segment selects, or -1.
func find(p *Property, l []any, seg Segment) int {
	for i, e := range l {
		if selects(p, seg, i, e) {
			return i
		}
	}
	return -1
}
