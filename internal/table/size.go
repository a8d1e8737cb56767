package table

// Names of the key attributes in every table. They count into an item's size, and Attrs may not use them.
const (
	AttrPK = "pk"
	AttrSK = "sk"
)

// Size returns an item's size in bytes as DynamoDB counts it: names and values, strings as UTF-8, a number as one
// byte for two significant digits and one more, a boolean as one byte.
//
// Source: Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats".
func (it Item) Size() int {
	size := len(AttrPK) + len(it.PK) + len(AttrSK) + len(it.SK)
	for name, value := range it.Attrs {
		size += len(name) + valueSize(value)
	}
	return size
}

func valueSize(value any) int {
	switch v := value.(type) {
	case string:
		return len(v)
	case []byte:
		return len(v)
	case bool:
		return 1
	case int64:
		return numberSize(v)
	}
	return 0
}

// numberSize counts a number's significant digits: neither leading nor trailing zeros are stored, and a sign takes
// a byte.
func numberSize(n int64) int {
	if n == 0 {
		return 1
	}
	size := 1
	if n < 0 {
		size++
	}
	for n%10 == 0 {
		n /= 10
	}
	digits := 0
	for ; n != 0; n /= 10 {
		digits++
	}
	return size + (digits+1)/2
}

// View returns the item as the index holds it: keys, both key attributes of the index, the projected attributes and
// AttrTTL. It returns false when the item isn't in the index.
//
// Every index projects AttrTTL, whether or not it says so: an expired item must not be returned from an index either.
func (ix Index) View(it Item) (Item, bool) {
	pk, _ := it.Attrs[ix.PK].(string)
	sk, _ := it.Attrs[ix.SK].(string)
	if checkKeyPart("", pk, MaxPK) != nil || checkKeyPart("", sk, MaxSK) != nil {
		return Item{}, false
	}
	if ix.All {
		return it, true
	}
	view := Item{Key: it.Key, Attrs: make(Attrs, len(ix.Project)+3)}
	for _, name := range ix.Projected() {
		if v, ok := it.Attrs[name]; ok {
			view.Attrs[name] = v
		}
	}
	view.Attrs[ix.PK], view.Attrs[ix.SK] = pk, sk
	return view, true
}

// Projected returns the names of the attributes, beside all keys, that an index without All holds.
func (ix Index) Projected() []string {
	names := []string{AttrTTL}
	for _, name := range ix.Project {
		if name != AttrTTL && name != ix.PK && name != ix.SK {
			names = append(names, name)
		}
	}
	return names
}
