package drift

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/shape"
)

// Redact returns a copy of a configuration with the values of secrets replaced as Compare replaces them: "sha256:" and
// 16 hexadecimal digits, the same for the same value. True and false are kept.
func Redact(sh *shape.Shape, config map[string]any) map[string]any {
	out, _ := redact(sh.Root(), config).(map[string]any)
	return out
}

// RedactStored is Redact for a resource type, of what is about to be stored: the argument itself where the type has no
// secrets.
func RedactStored(shapes *shape.Set, resourceType string, config map[string]any) map[string]any {
	if sh, ok := shapes.Lookup(resourceType); ok && sh.HasSecrets() {
		return Redact(sh, config)
	}
	return config
}

func redact(p *shape.Property, v any) any {
	if v == nil || p == nil {
		return v
	}
	if p.Secret {
		return digest(v)
	}
	switch v := v.(type) {
	case map[string]any:
		if p.Kind != shape.Object && p.Kind != shape.Map {
			return v
		}
		out := make(map[string]any, len(v))
		for name, e := range v {
			child := p.Items
			if p.Kind == shape.Object {
				child = p.Properties[name]
			}
			out[name] = redact(child, e)
		}
		return out
	case []any:
		if p.Items == nil {
			return v
		}
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = redact(p.Items, e)
		}
		return out
	}
	return v
}

// digest leaves switches as they are: rules ask for them, whoever sees that there is one has guessed it, and maps whose values
// may all be secret have some.
func digest(v any) any {
	switch v {
	case true, false, "true", "false":
		return v
	}
	b, err := shape.Canonical(map[string]any{"": v}, map[string]audit.Unread(nil))
	if err != nil {
		return "sha256:unreadable"
	}
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:8])
}
