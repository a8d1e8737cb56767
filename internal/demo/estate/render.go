package estate

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/infraudit/infraudit/internal/demo/awscall"
)

// Render makes the answer that an entry stands for, with times counted back from start. principal is who a denial
// says was refused.
func (e *Estate) Render(c awscall.Call, entry Entry, start time.Time, principal string) (awscall.Answer, error) {
	if entry.Status == 0 {
		return awscall.Denied(c, principal), nil
	}
	body, err := e.expand(c.Service, entry.Text, start)
	if err != nil {
		return awscall.Answer{}, fmt.Errorf("%s: %w", c, err)
	}
	return awscall.Answer{Status: entry.Status, Body: []byte(body)}, nil
}

// placeholder is what a text has in place of a time, or of another entry: {{verb "argument"}}. It is read here rather than by
// text/template, which calls methods by name: a program that links it keeps every method of every SDK client.
var placeholder = regexp.MustCompile(`\{\{([^{}]*)\}\}`)

// expand writes the times of a text, counted back from start.
func (e *Estate) expand(service, text string, start time.Time) (string, error) {
	var firstErr error
	out := placeholder.ReplaceAllStringFunc(text, func(whole string) string {
		value, err := e.fill(service, strings.Trim(whole, "{}"), start)
		if err != nil && firstErr == nil {
			firstErr = fmt.Errorf("placeholder %s: %w", whole, err)
		}
		return value
	})
	if firstErr != nil {
		return "", firstErr
	}
	return out, nil
}

// fill returns what a placeholder stands for.
func (e *Estate) fill(service, inner string, start time.Time) (string, error) {
	verb, quoted, _ := strings.Cut(strings.TrimSpace(inner), " ")
	argument, err := strconv.Unquote(strings.TrimSpace(quoted))
	if err != nil {
		return "", fmt.Errorf("the argument %s is no string", quoted)
	}
	if verb == "base64" {
		other, ok := e.Text(service, AnyRegion, argument)
		if !ok {
			return "", fmt.Errorf("no entry %q", argument)
		}
		body, err := e.expand(service, other, start)
		return base64.StdEncoding.EncodeToString([]byte(body)), err
	}
	age, err := ParseAge(argument)
	if err != nil {
		return "", err
	}
	at := start.Add(-age).UTC()
	switch verb {
	case "ago":
		return at.Format("2006-01-02T15:04:05.000Z"), nil
	case "csvtime":
		return at.Format("2006-01-02T15:04:05+00:00"), nil
	case "epoch":
		return strconv.FormatInt(at.Unix(), 10), nil
	}
	return "", fmt.Errorf("no such verb %q", verb)
}

const day = 24 * time.Hour

// ParseAge reads a duration that may begin with days: "400d6h", "36h", "3d".
func ParseAge(s string) (time.Duration, error) {
	var age time.Duration
	rest := s
	if days, after, ok := strings.Cut(s, "d"); ok {
		n, err := strconv.Atoi(days)
		if err != nil {
			return 0, fmt.Errorf("age %q: %w", s, err)
		}
		age, rest = time.Duration(n)*day, after
	}
	if rest == "" {
		return age, nil
	}
	d, err := time.ParseDuration(rest)
	if err != nil {
		return 0, fmt.Errorf("age %q: %w", s, err)
	}
	return age + d, nil
}

// FormatAge writes a duration as ParseAge reads it.
func FormatAge(d time.Duration) string {
	var b strings.Builder
	if d >= day {
		fmt.Fprintf(&b, "%dd", d/day)
		d %= day
	}
	if d != 0 || b.Len() == 0 {
		b.WriteString(d.String())
	}
	return b.String()
}

// EntryName is the name under which an answer with that status is written down.
func EntryName(c awscall.Call, status int) string {
	if status == http.StatusOK {
		return c.Key()
	}
	return strconv.Itoa(status) + " " + c.Key()
}
