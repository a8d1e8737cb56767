package estate

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"text/template"
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

// Expand writes the times of a text, counted back from start.
func (e *Estate) expand(service, text string, start time.Time) (string, error) {
	if !strings.Contains(text, "{{") {
		return text, nil
	}
	stamp := func(layout string) func(string) (string, error) {
		return func(ago string) (string, error) {
			d, err := ParseAge(ago)
			return start.Add(-d).UTC().Format(layout), err
		}
	}
	t, err := template.New("entry").Funcs(template.FuncMap{
		"ago":     stamp("2006-01-02T15:04:05.000Z"),
		"csvtime": stamp("2006-01-02T15:04:05+00:00"),
		"epoch": func(ago string) (string, error) {
			d, err := ParseAge(ago)
			return strconv.FormatInt(start.Add(-d).Unix(), 10), err
		},
		"base64": func(name string) (string, error) {
			other, ok := e.Text(service, AnyRegion, name)
			if !ok {
				return "", fmt.Errorf("no entry %q", name)
			}
			body, err := e.expand(service, other, start)
			return base64.StdEncoding.EncodeToString([]byte(body)), err
		},
	}).Parse(text)
	if err != nil {
		return "", fmt.Errorf("parse: %w", err)
	}
	var b strings.Builder
	if err := t.Execute(&b, nil); err != nil {
		return "", fmt.Errorf("render: %w", err)
	}
	return b.String(), nil
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
