package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/shape"
	"github.com/infraudit/infraudit/internal/table"
)

// OwnRule is a team's own rule as it was written. Whether it is one is for package rule to say.
type OwnRule struct {
	ID        string    `json:"id"`
	Text      string    `json:"text"` // YAML
	By        string    `json:"by"`
	CreatedAt time.Time `json:"created_at"`
}

// OwnFramework is a team's own framework as it was written. Whether it is one is for package compliance to say.
type OwnFramework struct {
	ID        string    `json:"id"`
	Text      string    `json:"-"` // YAML
	By        string    `json:"by"`
	CreatedAt time.Time `json:"created_at"`
	ChangedAt time.Time `json:"changed_at"` // when this version of it came
	blobKey   string
}

// Own is what a team has of its own. A change is made on condition that nothing changed since this was read, so that what
// was checked together, such as a framework and the rules that it cites, is stored together.
type Own struct {
	Rules      []OwnRule      // by id
	Frameworks []OwnFramework // by id
	Version    int64          // counts the changes; 0 before the first
}

const (
	rulePrefix         = "rul#"
	ownFrameworkPrefix = "fwo#"
	sortOwn            = "own"
)

// maxOwnRules and maxOwnFrameworks bound how many a team may have.
const (
	maxOwnRules      = 200
	maxOwnFrameworks = 50
)

// maxInlineFramework is the size, in compressed bytes, from which a framework's text goes to the blob store.
const maxInlineFramework = 64 << 10

// ErrOwnChanged is a Conflict: somebody else changed a team's own rules or frameworks. Reading and checking again helps.
var ErrOwnChanged = &fault.Error{
	Kind: fault.Conflict, Code: "changed_meanwhile", Message: "the team's own rules or frameworks were changed at the same time; try again",
}

func ownKey(teamID string) table.Key         { return table.Key{PK: teamID, SK: sortOwn} }
func ownRuleKey(teamID, id string) table.Key { return table.Key{PK: teamID, SK: rulePrefix + id} }
func ownFrameworkKey(teamID, id string) table.Key {
	return table.Key{PK: teamID, SK: ownFrameworkPrefix + id}
}

// OwnVersion tells how often a team changed what it has of its own.
func (s *Store) OwnVersion(ctx context.Context, teamID string) (int64, error) {
	it, err := s.db.Get(ctx, tableControl, ownKey(teamID))
	if errors.Is(err, table.ErrNotFound) {
		return 0, nil
	}
	return it.Int(attrVersion), dbFault(err, "rule")
}

// Own returns a team's own rules and frameworks.
func (s *Store) Own(ctx context.Context, teamID string) (Own, error) {
	var out Own
	var err error
	// The version comes first: what changes after this is seen as a change.
	if out.Version, err = s.OwnVersion(ctx, teamID); err != nil {
		return out, err
	}
	for it, err := range table.All(ctx, s.db, table.Query{Table: tableControl, PK: teamID, Prefix: rulePrefix, Consistent: true}) {
		if err != nil {
			return out, dbFault(err, "rule")
		}
		var r OwnRule
		if err := decode(it, &r); err != nil {
			return out, err
		}
		out.Rules = append(out.Rules, r)
	}
	for it, err := range table.All(ctx, s.db, table.Query{Table: tableControl, PK: teamID, Prefix: ownFrameworkPrefix, Consistent: true}) {
		if err != nil {
			return out, dbFault(err, "framework")
		}
		f, err := s.ownFramework(ctx, it)
		if err != nil {
			return out, err
		}
		out.Frameworks = append(out.Frameworks, f)
	}
	return out, nil
}

// OwnFramework returns a team's own framework, or NotFound.
func (s *Store) OwnFramework(ctx context.Context, teamID, id string) (OwnFramework, error) {
	if !maybeID(id) {
		return OwnFramework{}, noSuch("framework")
	}
	it, err := s.db.Get(ctx, tableControl, ownFrameworkKey(teamID, id))
	if err != nil {
		return OwnFramework{}, dbFault(err, "framework")
	}
	return s.ownFramework(ctx, it)
}

func (s *Store) ownFramework(ctx context.Context, it table.Item) (OwnFramework, error) {
	var f OwnFramework
	if err := decode(it, &f); err != nil {
		return f, err
	}
	body := it.Bytes(attrBody)
	if f.blobKey = it.String(attrBlob); f.blobKey != "" {
		var err error
		if body, err = s.blobs.Get(ctx, f.blobKey); err != nil {
			return f, fault.Wrap(fault.Unavailable, err, "a framework could not be read")
		}
	}
	text, err := shape.Decompress(body)
	if err != nil {
		return f, fault.Wrap(fault.Internal, err, "a stored framework can't be read")
	}
	f.Text = string(text)
	return f, nil
}

// maybeID tells whether a rule or framework may have this id: any other is absent without a look.
func maybeID(id string) bool { return len(id) <= maxRuleID && !strings.ContainsRune(id, 0) }

// changeOwn makes writes on condition that nothing changed since own was read. A failure of the first write's own condition
// is refused.
func (s *Store) changeOwn(ctx context.Context, teamID string, own Own, refused error, writes ...table.Write) error {
	version := table.Write{
		Table: tableControl, Kind: table.Put, Key: ownKey(teamID), Attrs: table.Attrs{attrVersion: own.Version + 1}, If: table.IfAbsent(),
	}
	if own.Version > 0 {
		version.If = table.IfEqual(attrVersion, own.Version)
	}
	err := transact(ctx, s.db, append(writes, version))
	switch {
	case failedAt(err, len(writes)):
		return ErrOwnChanged
	case failedAt(err, 0):
		return refused
	}
	return dbFault(err, "rule")
}

// CreateOwnRule stores a rule that was found good. Conflict, with code rule_exists, when there is one of that id, and with
// code too_many_rules when the team has as many as it may; ErrOwnChanged.
func (s *Store) CreateOwnRule(ctx context.Context, teamID string, own Own, r OwnRule) error {
	if len(r.ID) > maxRuleID {
		return fault.Field("id", "must be at most %d bytes", maxRuleID)
	}
	if len(own.Rules) >= maxOwnRules {
		return &fault.Error{Kind: fault.Conflict, Code: "too_many_rules", Message: "the team has as many rules of its own as it may"}
	}
	r.CreatedAt = s.now()
	exists := &fault.Error{Kind: fault.Conflict, Code: "rule_exists", Message: "there is a rule " + r.ID}
	return s.changeOwn(ctx, teamID, own, exists, table.Write{
		Table: tableControl, Kind: table.Put, Key: ownRuleKey(teamID, r.ID), Attrs: table.Attrs{attrDoc: encode(r)}, If: table.IfAbsent(),
	})
}

// DeleteOwnRule removes a rule of the team's own, or is NotFound; ErrOwnChanged.
func (s *Store) DeleteOwnRule(ctx context.Context, teamID string, own Own, id string) error {
	if !maybeID(id) {
		return noSuch("rule")
	}
	return s.changeOwn(ctx, teamID, own, noSuch("rule"), table.Write{
		Table: tableControl, Kind: table.Delete, Key: ownRuleKey(teamID, id), If: table.IfPresent(),
	})
}

// framework returns one of the team's own.
func (o *Own) framework(id string) *OwnFramework {
	for i := range o.Frameworks {
		if o.Frameworks[i].ID == id {
			return &o.Frameworks[i]
		}
	}
	return nil
}

// PutOwnFramework stores a framework that was found good, a new one or, with replace, another version of one that there is.
// Conflict, with code framework_exists, when there is one of that id, and with code too_many_frameworks when the team has as
// many as it may; NotFound when there is none to replace; ErrOwnChanged.
func (s *Store) PutOwnFramework(ctx context.Context, teamID string, own Own, f OwnFramework, replace bool) error {
	old := own.framework(f.ID)
	switch {
	case replace && old == nil:
		return noSuch("framework")
	case !replace && old != nil:
		return &fault.Error{Kind: fault.Conflict, Code: "framework_exists", Message: "there is a framework " + f.ID + " already; replace it"}
	case !replace && len(own.Frameworks) >= maxOwnFrameworks:
		return &fault.Error{Kind: fault.Conflict, Code: "too_many_frameworks", Message: "the team has as many frameworks of its own as it may"}
	}
	f.ChangedAt = s.now()
	f.CreatedAt = f.ChangedAt
	if old != nil {
		f.CreatedAt = old.CreatedAt
	}
	body, err := shape.Compress([]byte(f.Text))
	if err != nil {
		return err
	}
	attrs := table.Attrs{attrDoc: encode(f)}
	if len(body) <= maxInlineFramework {
		attrs[attrBody] = body
	} else {
		f.blobKey = teamID + "/framework/" + audit.Digest(26, f.ID, f.Text)
		attrs[attrBlob] = f.blobKey
		if err := s.blobs.Put(ctx, f.blobKey, body); err != nil {
			return fault.Wrap(fault.Unavailable, err, "a framework could not be stored")
		}
	}
	err = s.changeOwn(ctx, teamID, own, ErrOwnChanged, table.Write{
		Table: tableControl, Kind: table.Put, Key: ownFrameworkKey(teamID, f.ID), Attrs: attrs,
	})
	if err != nil || old == nil || old.blobKey == f.blobKey {
		return err
	}
	return s.dropText(ctx, old.blobKey)
}

// DeleteOwnFramework removes a framework of the team's own and whether it is enabled, or is NotFound; ErrOwnChanged. Its
// assessments stay.
func (s *Store) DeleteOwnFramework(ctx context.Context, teamID string, own Own, id string) error {
	old := own.framework(id)
	if old == nil {
		return noSuch("framework")
	}
	err := s.changeOwn(ctx, teamID, own, noSuch("framework"),
		table.Write{Table: tableControl, Kind: table.Delete, Key: ownFrameworkKey(teamID, id), If: table.IfPresent()},
		table.Write{Table: tableControl, Kind: table.Delete, Key: frameworkKey(teamID, id)},
	)
	if err != nil {
		return err
	}
	return s.dropText(ctx, old.blobKey)
}

// dropText removes the text of a framework that nothing refers to any more.
func (s *Store) dropText(ctx context.Context, blobKey string) error {
	if blobKey == "" {
		return nil
	}
	if err := s.blobs.Delete(ctx, blobKey); err != nil && !fault.Is(err, fault.NotFound) {
		return fault.Wrap(fault.Unavailable, err, "a framework's former text could not be removed")
	}
	return nil
}
