package awscloud

import (
	"encoding/base64"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/leak"
	"github.com/infraudit/infraudit/internal/shape"
)

// secretsFact is where an observation says which values of its configuration look like secrets. It is told when they are
// read, since of values that the shape declares secret only digests are stored.
const secretsFact = "Secrets"

// maxSecrets bounds how many are told of one resource.
const maxSecrets = 100

// setSecrets tells the paths of the values that look like secrets, sorted: "Environment.Variables.DB_PASSWORD". An element of
// a list goes by its name, where it has one, and by its place otherwise. Where there are none, there is no fact; where some
// of what may be secret is unread, so is the fact.
func setSecrets(sh *shape.Shape, o *audit.Observation) {
	if !sh.HasSecrets() {
		return
	}
	for _, path := range slices.Sorted(maps.Keys(o.Unread)) {
		if holdsSecrets(sh.Root(), strings.Split(path, ".")) {
			o.Unread["facts."+secretsFact] = o.Unread[path]
			return
		}
	}
	var found []string
	findSecrets(sh.Root(), o.Config, nil, func(path []string) { found = append(found, strings.Join(path, ".")) })
	if len(found) == 0 {
		return
	}
	slices.Sort(found)
	found = slices.Compact(found)
	out := make([]any, 0, min(len(found), maxSecrets))
	for _, path := range found[:min(len(found), maxSecrets)] {
		out = append(out, path)
	}
	if o.Facts == nil {
		o.Facts = object{}
	}
	o.Facts[secretsFact] = out
}

// holdsSecrets tells whether what the names lead to is secret, or anything on the way or beneath is.
func holdsSecrets(p *shape.Property, names []string) bool {
	for _, name := range names {
		switch {
		case p == nil:
			return false
		case p.Secret:
			return true
		case p.Kind == shape.Object:
			p = p.Properties[name]
		default:
			p = p.Items
		}
	}
	return p.HoldsSecrets()
}

// findSecrets calls found with the path of every value that is declared secret and looks it.
func findSecrets(p *shape.Property, v any, path []string, found func(path []string)) {
	if p == nil {
		return
	}
	switch v := v.(type) {
	case object:
		if p.Secret {
			p = &shape.Property{Kind: shape.Map, Items: p}
		}
		if kept, _ := v["Type"].(string); kept == "PARAMETER_STORE" || kept == "SECRETS_MANAGER" {
			return // CodeBuild's and CodePipeline's way to say that the value is where the secret is
		}
		for name, each := range v {
			child, below := p.Items, append(slices.Clone(path), name)
			if p.Kind == shape.Object {
				child = p.Properties[name]
				if _, plain := each.(string); plain && child != nil && child.Secret && elementName(v) != "" {
					below = path // the element has the variable's name
				}
			}
			findSecrets(child, each, below, found)
		}
	case []any:
		items := p.Items
		if p.Secret {
			items = p
		}
		for i, each := range v {
			name := ""
			if m, ok := each.(object); ok {
				name = elementName(m)
			}
			if name == "" {
				name = strconv.Itoa(i)
			}
			findSecrets(items, each, append(slices.Clone(path), name), found)
		}
	case string:
		if p.Secret && looksSecret(path[len(path)-1], v) {
			found(path)
		}
	}
}

// elementName returns what an element of a list is called by, "" where it has no name.
func elementName(m object) string {
	for _, key := range []string{"Name", "Key", "AttributeName", "HeaderName"} {
		if name, ok := m[key].(string); ok {
			return name
		}
	}
	return ""
}

// looksSecret tells whether a value looks like a secret: by its name, or by what it says. Scripts that a machine starts with
// are in base64 (EC2 user guide, "Run commands when you launch an EC2 instance").
func looksSecret(name, value string) bool {
	if name == "UserData" {
		if script, err := base64.StdEncoding.DecodeString(value); err == nil {
			value = string(script)
		}
	}
	return leak.Variable(name, value) || leak.Text(value)
}
