// Package awscloud reads AWS accounts: one file per service, listed in services.go. See docs/collectors.md for how
// to add one.
package awscloud

import (
	"context"

	"github.com/infraudit/infraudit/internal/inventory"
)

// collector reads one service. Adding a service is one file that declares a collector, its shapes, and one line in
// services.go.
type collector struct {
	service  string // the slice's service, as IAM's prefix names it: "ec2"
	listings []listing
	// events says which attribute paths a CloudTrail event name changes, by resource type: it ties a drift to the
	// one call among several on a resource. Events that aren't here are tied to the resource as a whole.
	events map[string]map[string][]string
}

// where tells in which regions a listing is made.
type where uint8

const (
	regional where = iota // in every enabled region
	global                // once, in the pseudo-region global
)

// listing reads one or a few resource types.
type listing struct {
	types []string
	where where
	// actions are the IAM actions that the listing needs; the first is the one that it stands on. The onboarding
	// policy is generated from them, and a test holds every call made against them.
	actions []string
	// page is how many resources the first action tells at once, at most; 0 where it tells all.
	page int
	// passes is how often the pages of the first action are read; 0 is 1.
	passes int
	// each are the actions that are called for single resources, or a few, and why. The others are called once, or as
	// often as their own listings have pages.
	each []each
	// collect emits every resource. Calls that describe the whole listing return their error; calls for details of
	// one resource go through session.detail, which turns a refusal into an unread attribute.
	collect func(ctx context.Context, s *session, out inventory.Emitter) error
}

// each says why an action is called for single resources.
type each struct {
	action string
	// of is what it is called for, in words: "customer's key".
	of string
	// other tells that it isn't called for the resources of the listing's types, but for what they are listed by: "cluster".
	other   bool
	batch   int // how many it is called for at once; 0 is 1
	times   int // how often it is called for each; 0 is 1
	because string
}

// eachOf declares actions that are called for each of the same resources, for the same reason.
func eachOf(of, because string, actions ...string) []each {
	out := make([]each, 0, len(actions))
	for _, action := range actions {
		out = append(out, each{action: action, of: of, because: because})
	}
	return out
}
