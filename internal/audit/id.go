package audit

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strings"
)

// The prefixes of ids. An id is its prefix, an underscore, and characters that only InfraAudit interprets.
const (
	PrefixProvider   = "prv"
	PrefixResource   = "res"
	PrefixBaseline   = "bas"
	PrefixDrift      = "drf"
	PrefixJob        = "job"
	PrefixExecution  = "exe"
	PrefixTeam       = "team"
	PrefixUser       = "usr"
	PrefixKey        = "key"
	PrefixFinding    = "fnd"
	PrefixWaiver     = "wvr"
	PrefixAssessment = "asm"
	PrefixEvent      = "evt"
	PrefixWebhook    = "whk"
	PrefixDelivery   = "dlv"
)

// Lengths, in characters of 5 bits each, of the parts that ids are made of.
const (
	digestLen   = 26 // 130 bits: an id that stands alone
	sliceLen    = 16 // 80 bits: a slice among those of one team
	externalLen = 16 // 80 bits: a resource among those of one slice
	pathLen     = 12 // 60 bits: an attribute path among those of one resource
	captureLen  = 12 // 60 bits: a baseline among those of one resource
	ruleLen     = 12 // 60 bits: a rule among those of one resource
)

// encoding is base32 in ascending ASCII order, so that encoded bytes sort as the bytes do.
var encoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// Digest returns n characters that stand for parts. Parts are length-prefixed before hashing, so ("ab", "c")
// and ("a", "bc") differ.
func Digest(n int, parts ...string) string {
	buf := make([]byte, 0, 256)
	for _, part := range parts {
		buf = binary.AppendUvarint(buf, uint64(len(part)))
		buf = append(buf, part...)
	}
	sum := sha256.Sum256(buf)
	var out [52]byte
	encoding.Encode(out[:], sum[:])
	return string(out[:n])
}

// DeriveID returns the id that stands for parts: the same parts always give the same id.
func DeriveID(prefix string, parts ...string) string {
	return prefix + "_" + Digest(digestLen, parts...)
}

// ProviderID derives a provider's id from what it identifies, so that connecting a known account again is seen.
func ProviderID(teamID string, typ ProviderType, account string) string {
	return DeriveID(PrefixProvider, teamID, string(typ), account)
}

// HasPrefix tells whether id has the form of an id with that prefix.
func HasPrefix(id, prefix string) bool {
	rest, ok := strings.CutPrefix(id, prefix+"_")
	if !ok || rest == "" {
		return false
	}
	for i := range len(rest) {
		if c := rest[i]; (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

// Slice is a partition of the inventory: one service in one region of one provider. Global services are in
// the pseudo-region "global".
type Slice struct {
	ProviderID string `json:"provider_id"`
	Region     string `json:"region"`
	Service    string `json:"service"`
}

// RegionGlobal is the pseudo-region of services that have no regions.
const RegionGlobal = "global"

// Key returns the characters that stand for the slice within its team.
func (s Slice) Key() string { return Digest(sliceLen, s.ProviderID, s.Region, s.Service) }

// ExternalKey returns the characters that stand for an external id (ARN, URI, full name) within its slice.
func ExternalKey(externalID string) string { return Digest(externalLen, externalID) }

// ResourceID joins the keys of slice and external id. The id tells its slice, so one read by key finds the resource.
func ResourceID(sliceKey, externalKey string) string {
	return PrefixResource + "_" + sliceKey + externalKey
}

// ResourceKey is what a resource id says of where the resource is.
type ResourceKey struct {
	Slice    string // Slice.Key
	External string // ExternalKey
}

// ParseResourceID splits a resource id. It returns false for anything that isn't one.
func ParseResourceID(id string) (ResourceKey, bool) {
	return parseUnder(id, PrefixResource, 0)
}

// ResourceID returns the id of the resource at this key.
func (k ResourceKey) ResourceID() string { return ResourceID(k.Slice, k.External) }

// DriftID derives a drift's id from resource and attribute path, so that a recurrence reopens the same drift.
func DriftID(resource ResourceKey, path string) string {
	return PrefixDrift + "_" + resource.Slice + resource.External + Digest(pathLen, path)
}

// ParseDriftID splits a drift id into its resource's key and the key of its path.
func ParseDriftID(id string) (resource ResourceKey, path string, ok bool) {
	resource, ok = parseUnder(id, PrefixDrift, pathLen)
	if !ok {
		return ResourceKey{}, "", false
	}
	return resource, id[len(id)-pathLen:], true
}

// FindingID derives a finding's id from resource and rule.
func FindingID(resource ResourceKey, ruleID string) string {
	return PrefixFinding + "_" + resource.Slice + resource.External + Digest(ruleLen, ruleID)
}

// ParseFindingID splits a finding's id into its resource's key and the key of its rule.
func ParseFindingID(id string) (resource ResourceKey, rule string, ok bool) {
	resource, ok = parseUnder(id, PrefixFinding, ruleLen)
	if !ok {
		return ResourceKey{}, "", false
	}
	return resource, id[len(id)-ruleLen:], true
}

// BaselineID makes a baseline's id from its resource and a capture key (see CaptureKey).
func BaselineID(resource ResourceKey, capture string) string {
	return PrefixBaseline + "_" + resource.Slice + resource.External + capture
}

// ParseBaselineID splits a baseline id into its resource's key and its capture key.
func ParseBaselineID(id string) (resource ResourceKey, capture string, ok bool) {
	resource, ok = parseUnder(id, PrefixBaseline, captureLen)
	if !ok {
		return ResourceKey{}, "", false
	}
	return resource, id[len(id)-captureLen:], true
}

// FirstCapture is the capture key of the baseline taken when a resource is first discovered. It is a constant, so
// that a sync delivered twice writes one baseline; it sorts before every other.
var FirstCapture = strings.Repeat("0", captureLen)

// CaptureKey makes a capture key of milliseconds since the epoch and a sequence that tells captures of one
// millisecond apart. Keys sort by time.
func CaptureKey(unixMilli int64, sequence uint8) string {
	var b [8]byte
	// The key has the upper 60 bits: 52 of the time, 8 of the sequence.
	binary.BigEndian.PutUint64(b[:], uint64(unixMilli)<<12|uint64(sequence)<<4)
	var out [13]byte
	encoding.Encode(out[:], b[:])
	return string(out[:captureLen])
}

// parseUnder splits an id that is a resource's key followed by extra characters.
func parseUnder(id, prefix string, extra int) (ResourceKey, bool) {
	if !HasPrefix(id, prefix) {
		return ResourceKey{}, false
	}
	rest := id[len(prefix)+1:]
	if len(rest) != sliceLen+externalLen+extra {
		return ResourceKey{}, false
	}
	return ResourceKey{Slice: rest[:sliceLen], External: rest[sliceLen : sliceLen+externalLen]}, true
}
