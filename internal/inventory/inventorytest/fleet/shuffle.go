package fleet

import (
	"math/rand/v2"
	"strconv"
)

// rng is what a resource's rendering draws from: content stays the same for the resource's life, shuffle changes
// from shuffle to shuffle.
type rng struct {
	content, shuffle *splitmix
	shuffled         bool
}

func (f *Fleet) rng(k kind, ordinal int) rng {
	return rng{
		content:  &splitmix{mixed(f.o.Seed, uint64(k), uint64(ordinal))},
		shuffle:  &splitmix{mixed(f.o.ShuffleSeed, uint64(k)+1000, uint64(ordinal))},
		shuffled: f.o.ShuffleSeed != 0,
	}
}

// splitmix is Steele, Lea and Flood's SplitMix64 (2014): a generator whose making costs nothing, of which a fleet
// makes one for each resource of each page.
type splitmix struct{ state uint64 }

// Uint64 returns the next number; it makes splitmix a rand.Source.
func (s *splitmix) Uint64() uint64 {
	s.state += 0x9e3779b97f4a7c15
	z := s.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func mixed(seed uint64, parts ...uint64) uint64 {
	s := splitmix{seed}
	for _, p := range parts {
		s.state ^= s.Uint64() + p
	}
	return s.Uint64()
}

// shuffled puts a list into another order, unless the fleet isn't shuffled. It changes and returns the list.
func shuffled[T any](r rng, list ...T) []T {
	if r.shuffled {
		rand.New(r.shuffle).Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
	return list
}

// coin is false in a fleet that isn't shuffled.
func (r rng) coin() bool { return r.shuffled && r.shuffle.Uint64()&1 == 1 }

// idPrefixes are what ids of a kind begin with.
var idPrefixes = [kinds]string{
	snapshot: "snap-0", volume: "vol-0", instance: "i-0", securityGroup: "sg-0", subnet: "subnet-0", image: "ami-0",
	address: "eipalloc-0", networkInterface: "eni-0", keyPair: "key-0", routeTable: "rtb-0", networkACL: "acl-0", vpc: "vpc-0", endpoint: "vpce-0",
	dbSnapshot: "copy-", dbInstance: "db-", role: "role-", policy: "policy-", user: "user-", group: "group-",
	bucket: "fleet-bucket-",
}

const hexDigits = "0123456789abcdef"

// id returns the id of a resource: a prefix and 16 hexadecimal digits; a UUID for keys.
func (f *Fleet) id(k kind, ordinal int) string {
	x := mixed(f.o.Seed, uint64(k)+500, uint64(ordinal))
	var digits [16]byte
	for i := range digits {
		digits[i] = hexDigits[x>>(60-4*i)&15]
	}
	d := string(digits[:])
	if k == key {
		return d[:8] + "-" + d[8:12] + "-4" + d[13:16] + "-8" + d[:3] + "-" + d[4:16]
	}
	return idPrefixes[k] + d
}

// listKey names the order of one listing.
type listKey struct {
	kind   kind
	region int
}

// order is the order in which a listing shows a region's resources of a kind.
func (f *Fleet) order(k kind, region int) []int {
	at := listKey{k, region}
	if cached, ok := f.orders.Load(at); ok {
		return cached.([]int)
	}
	list := make([]int, f.countIn(k, region))
	for i := range list {
		list[i] = f.ordinal(k, region, i)
	}
	list = shuffled(rng{
		shuffle:  &splitmix{mixed(f.o.ShuffleSeed, uint64(k)+2000, uint64(region))},
		shuffled: f.o.ShuffleSeed != 0,
	}, list...)
	cached, _ := f.orders.LoadOrStore(at, list)
	return cached.([]int)
}

// page cuts a listing: token is the offset, as an earlier page gave it. next is empty on the last page.
func page(n int, token, size string, most int) (from, to int, next string) {
	from, _ = strconv.Atoi(token) // "" is the beginning
	from = min(max(from, 0), n)
	limit := most
	if asked, err := strconv.Atoi(size); err == nil && asked > 0 {
		limit = min(asked, most)
	}
	to = min(from+limit, n)
	if to < n {
		next = strconv.Itoa(to)
	}
	return from, to, next
}
