package inventory

import (
	"github.com/infraudit/infraudit/internal/audit"
)

// Known is what the inventory's index says of a live resource of a slice: all that a sync needs in order to tell
// whether anything changed.
type Known struct {
	External  string // audit.ExternalKey of its external id
	Type      string
	Status    audit.ResourceStatus
	Hash      string // of its configuration
	Baseline  string // hash of its newest baseline's configuration
	Judged    string // JudgedKey of the comparison last judged
	FactsHash string
	UnreadKey string // stands for the set of its unread attributes; "" when everything was read
}

// Settled tells whether the comparison of configuration and baseline has been judged.
func (k Known) Settled() bool { return k.Judged == JudgedKey(k.Hash, k.Baseline) }

// judgedLen is the length of what stands for a comparison.
const judgedLen = 10

// JudgedKey stands for the comparison of a configuration with a baseline, by their hashes.
func JudgedKey(hash, baseline string) string { return audit.Digest(judgedLen, hash, baseline) }

// Verb says what is to be recorded of an observation.
type Verb uint8

// The verbs.
const (
	VerbCreate Verb = iota // not in the index: new, or back from deletion
	VerbChange             // its configuration differs
	VerbTouch              // only facts, status or what could be read differ: no change of the resource
)

// Observed is an observation that has to be written.
type Observed struct {
	Verb      Verb
	External  string
	Before    string // the hash known before; "" for VerbCreate
	Hash      string
	Canonical []byte // the configuration and what of it is unread: what Hash is the hash of
	FactsHash string
	UnreadKey string
	*audit.Observation
}

// Recorded counts what was written.
type Recorded struct {
	Created, Changed int
	// Unsettled are the external keys of resources whose comparison has to be judged.
	Unsettled []string
}
