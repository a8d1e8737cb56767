package rule

import (
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/infraudit/infraudit/internal/iampolicy"
)

// parsedMost is how many documents, and how many identities, are kept parsed.
const parsedMost = 128

// parsed keeps policy documents that were just parsed: a dozen rules ask about the same one, one after another. A document
// is known by the map that it is, which the entry holds, so that no other can take its place in memory.
type parsed struct {
	mu         sync.Mutex
	policies   map[uintptr]parsedPolicy
	identities map[string]parsedIdentity
}

type parsedPolicy struct {
	doc    map[string]any
	policy *iampolicy.Policy
	err    error
}

type parsedIdentity struct {
	docs     documents
	identity *iampolicy.Identity
	err      error
}

// policy returns a resource's policy.
func (p *parsed) policy(doc any) (*iampolicy.Policy, error) {
	m, ok := doc.(map[string]any)
	if !ok {
		return iampolicy.Parse(doc)
	}
	key := reflect.ValueOf(m).Pointer()
	p.mu.Lock()
	known, there := p.policies[key]
	p.mu.Unlock()
	if !there {
		known.doc = m
		known.policy, known.err = iampolicy.Parse(doc)
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.policies == nil || len(p.policies) >= parsedMost {
			p.policies = make(map[uintptr]parsedPolicy, parsedMost)
		}
		p.policies[key] = known
	}
	return known.policy, known.err
}

// identity returns the policies of an identity together.
func (p *parsed) identity(docs documents) (*iampolicy.Identity, error) {
	key, ok := docs.key()
	if !ok {
		return iampolicy.ParseIdentity(docs.policies, docs.boundary)
	}
	p.mu.Lock()
	known, there := p.identities[key]
	p.mu.Unlock()
	if !there {
		known.docs = docs
		known.identity, known.err = iampolicy.ParseIdentity(docs.policies, docs.boundary)
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.identities == nil || len(p.identities) >= parsedMost {
			p.identities = make(map[string]parsedIdentity, parsedMost)
		}
		p.identities[key] = known
	}
	return known.identity, known.err
}

// key names the documents, while they are held. It is false where one is no map.
func (d *documents) key() (string, bool) {
	var b strings.Builder
	all := d.policies
	if d.boundary != nil {
		all = append(all[:len(all):len(all)], *d.boundary)
	}
	for _, doc := range all {
		m, ok := doc.Policy.(map[string]any)
		if !ok {
			return "", false
		}
		fmt.Fprintf(&b, "%x %q ", reflect.ValueOf(m).Pointer(), doc.Name)
	}
	if d.boundary != nil {
		b.WriteString("bounded")
	}
	return b.String(), true
}
