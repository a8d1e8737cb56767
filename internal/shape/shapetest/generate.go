// Package shapetest makes configurations for property tests: any that a shape allows, the same one written in other
// ways, and ones that differ in a single place.
package shapetest

import (
	"strconv"

	"pgregory.net/rapid"

	"github.com/infraudit/infraudit/internal/shape"
)

// Config draws a normalised configuration of the shape, of a few properties of every kind that it has.
func Config(t *rapid.T, sh *shape.Shape) map[string]any {
	config := drawObject(t, sh.Root(), 0)
	if err := sh.Normalize(config); err != nil {
		t.Fatalf("drawn configuration of %s: %v", sh.Type(), err)
	}
	return config
}

var (
	chance  = rapid.IntRange(0, 3)
	small   = rapid.IntRange(1, 3)
	word    = rapid.StringMatching(`[a-z0-9/_.-]{1,8}`)
	integer = rapid.Int64Range(0, 70000)
)

func drawObject(t *rapid.T, p *shape.Property, depth int) map[string]any {
	out := map[string]any{}
	for _, name := range names(p) {
		if child := p.Properties[name]; chance.Draw(t, name) == 0 || depth > 6 && len(out) == 0 {
			out[name] = drawValue(t, child, depth+1)
		}
	}
	return out
}

func drawValue(t *rapid.T, p *shape.Property, depth int) any {
	switch p.Kind {
	case shape.String:
		return word.Draw(t, "string")
	case shape.Integer:
		return integer.Draw(t, "integer")
	case shape.Number:
		return float64(integer.Draw(t, "number")) / 4
	case shape.Boolean:
		return rapid.Bool().Draw(t, "boolean")
	case shape.JSON:
		return map[string]any{word.Draw(t, "key"): []any{word.Draw(t, "value"), integer.Draw(t, "number")}}
	case shape.Policy:
		return drawPolicy(t)
	case shape.Object:
		return drawObject(t, p, depth)
	case shape.Map:
		out := map[string]any{}
		for range small.Draw(t, "size") {
			out[word.Draw(t, "key")] = drawValue(t, p.Items, depth+1)
		}
		return out
	}
	var out []any
	for i := range small.Draw(t, "size") {
		e := drawValue(t, p.Items, depth+1)
		if m, ok := e.(map[string]any); ok && p.Key != "" {
			m[p.Key] = "k" + strconv.Itoa(i) + word.Draw(t, "key")
		}
		out = append(out, e)
	}
	return out
}

func drawPolicy(t *rapid.T) any {
	var statements []any
	for i := range small.Draw(t, "statements") {
		s := map[string]any{
			"Effect":   rapid.SampledFrom([]string{"Allow", "Deny"}).Draw(t, "effect"),
			"Action":   drawWords(t, "s3:Get"),
			"Resource": drawWords(t, "arn:aws:s3:::"),
		}
		if chance.Draw(t, "sid") == 0 {
			s["Sid"] = "Sid" + strconv.Itoa(i)
		}
		switch chance.Draw(t, "principal") {
		case 0:
			s["Principal"] = "*"
		case 1:
			s["Principal"] = map[string]any{
				"AWS": []any{"123456789012", "arn:aws:iam::210987654321:root"}, "Service": "ec2.amazonaws.com",
			}
		}
		if chance.Draw(t, "condition") == 0 {
			s["Condition"] = map[string]any{
				"Bool":      map[string]any{"aws:SecureTransport": rapid.Bool().Draw(t, "secure")},
				"IpAddress": map[string]any{"aws:SourceIp": drawWords(t, "10.0.0.")},
			}
		}
		statements = append(statements, s)
	}
	return map[string]any{"Version": "2012-10-17", "Statement": statements}
}

func drawWords(t *rapid.T, prefix string) []any {
	var out []any
	for range small.Draw(t, "words") {
		out = append(out, prefix+word.Draw(t, "word"))
	}
	return out
}
