//go:build integration

package awscloud

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

// motoTrial is what the tests ask of a collector against moto.
type motoTrial struct {
	collector *collector
	// fill makes resources, and returns the external ids that moto's own listings then give, by type.
	fill func(t *testing.T, e *estate) map[string][]string
	// lacks are the attribute paths, by type, that moto can't tell.
	lacks map[string][]string
	// uncalled are declared actions that nothing in the estate calls for.
	uncalled []string
	without  []string // resource types that moto can't list
	check    func(t *testing.T, h *haul)
}

func (c motoTrial) run(t *testing.T) {
	server := &motoserver.Server{}
	t.Cleanup(server.Stop)
	e := newEstate(t, server)
	e.without = c.without
	made := c.fill(t, e)
	services := []string{c.collector.service}
	h, called := e.sync(t, services, motoserver.Region)
	t.Run("everything that moto lists is found", func(t *testing.T) {
		for typ, want := range made {
			slices.Sort(want)
			if diff := cmp.Diff(want, h.ids(typ)); diff != "" || len(want) == 0 {
				t.Errorf("%s (-want +got):\n%s", typ, diff)
			}
		}
	})
	t.Run("nothing but what moto can't tell is unread", func(t *testing.T) {
		for _, o := range h.all {
			for path, u := range o.Unread {
				if !slices.Contains(c.lacks[o.Type], path) {
					t.Errorf("%s %s: %s: %v", o.Type, o.ExternalID, path, u)
				}
			}
		}
	})
	t.Run("the calls that are made are those declared", func(t *testing.T) {
		var declared []string
		for _, l := range c.collector.listings {
			for _, action := range l.actions {
				if !slices.Contains(c.uncalled, action) {
					declared = append(declared, action)
				}
			}
		}
		slices.Sort(declared)
		if diff := cmp.Diff(slices.Compact(declared), called); diff != "" {
			t.Errorf("(-declared +called):\n%s", diff)
		}
	})
	t.Run("what was made is read", func(t *testing.T) { c.check(t, h) })
	t.Run("a second sync reads the same", func(t *testing.T) {
		again, _ := e.sync(t, services, motoserver.Region)
		sameHashes(t, h, again)
	})
}
