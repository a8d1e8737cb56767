package store

import (
	"context"
	"errors"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/table"
)

// Team owns everything else.
type Team struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"created_at"`
}

func teamKey(id string) table.Key { return table.Key{PK: id, SK: "team"} }

// EnsureTeam makes the team unless it exists, and returns what is stored.
func (s *Store) EnsureTeam(ctx context.Context, t Team) (Team, error) {
	if t.CreatedAt.IsZero() {
		t.CreatedAt = s.now()
	}
	_, err := s.db.Write(ctx, table.Write{
		Table: tableControl, Kind: table.Put, Key: teamKey(t.ID),
		Attrs: table.Attrs{attrDoc: encode(t)}, If: table.IfAbsent(),
	})
	if errors.Is(err, table.ErrCondition) {
		return s.Team(ctx, t.ID)
	}
	return t, dbFault(err, "team")
}

// Team returns a team, or NotFound.
func (s *Store) Team(ctx context.Context, id string) (Team, error) {
	if !knownID(id, audit.PrefixTeam) {
		return Team{}, noSuch("team")
	}
	it, err := s.db.Get(ctx, tableControl, teamKey(id))
	if err != nil {
		return Team{}, dbFault(err, "team")
	}
	var t Team
	return t, decode(it, &t)
}
