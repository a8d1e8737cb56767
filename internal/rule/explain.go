package rule

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"cel.dev/cel-go/common/types/ref"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/infraudit/infraudit/internal/audit"
)

// jsonOf returns a CEL value as what JSON has. It is false for errors and Unknowns.
func jsonOf(v ref.Val) (any, bool) {
	native, err := v.ConvertToNative(reflect.TypeFor[*structpb.Value]())
	if err != nil {
		return nil, false
	}
	s, ok := native.(*structpb.Value)
	if !ok {
		return nil, false
	}
	return s.AsInterface(), true
}

// maxReason is how long a reason gets, in bytes.
const maxReason = 400

// reason says in a line what was seen.
func reason(seen []audit.Value) string {
	parts := make([]string, 0, len(seen))
	for _, v := range seen {
		if v.Value == nil {
			parts = append(parts, v.Path+" is absent")
			continue
		}
		b, err := json.Marshal(v.Value)
		if err != nil {
			continue
		}
		parts = append(parts, fmt.Sprintf("%s is %s", v.Path, b))
	}
	return cut(strings.Join(parts, ", "))
}

// gapReason says in a line what was unread.
func gapReason(gaps []audit.Gap) string {
	var parts []string
	for _, g := range gaps {
		what := g.Path
		if what == "" {
			what = g.ResourceType
			if g.Region != "" {
				what += " in " + g.Region
			}
		} else if g.ExternalID != "" {
			what += " of " + g.ExternalID
		}
		text := what + " could not be read"
		switch {
		case g.Action != "" && g.Code != "":
			text += fmt.Sprintf(": %s (%s)", g.Action, g.Code)
		case g.Reason != "":
			text += ": " + g.Reason
		}
		if !slices.Contains(parts, text) {
			parts = append(parts, text)
		}
	}
	return cut(strings.Join(parts, "; "))
}

func cut(s string) string {
	if len(s) <= maxReason {
		return s
	}
	return strings.ToValidUTF8(s[:maxReason], "") + "…"
}
