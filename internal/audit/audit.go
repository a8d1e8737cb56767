// Package audit is the vocabulary of InfraAudit: one file per noun, each with its type, its states, the legal
// transitions between them and Validate. It imports only the standard library and knows nothing of storage,
// clouds or transport.
//
// Times are UTC. Everything belongs to exactly one team.
package audit

import (
	"fmt"
	"slices"
	"strings"
)

// Severity grades findings, drifts, vulnerabilities and alerts.
type Severity string

// The severities, from worst to mildest.
const (
	SeverityCritical Severity = "critical"
	SeverityHigh     Severity = "high"
	SeverityMedium   Severity = "medium"
	SeverityLow      Severity = "low"
)

// Severities lists every severity, worst first.
func Severities() []Severity {
	return []Severity{SeverityCritical, SeverityHigh, SeverityMedium, SeverityLow}
}

// Rank orders severities: 4 for critical down to 1 for low, 0 for anything else.
func (s Severity) Rank() int {
	switch s {
	case SeverityCritical:
		return 4
	case SeverityHigh:
		return 3
	case SeverityMedium:
		return 2
	case SeverityLow:
		return 1
	}
	return 0
}

// Problem is one thing wrong with one field of a value. Field is the JSON name, dotted for nested values.
type Problem struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// InvalidError is what Validate returns: every problem found, never only the first.
type InvalidError struct {
	Problems []Problem
}

func (e *InvalidError) Error() string {
	parts := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		parts[i] = p.Field + ": " + p.Message
	}
	return strings.Join(parts, "; ")
}

// problems collects what Validate methods find.
type problems []Problem

func (p *problems) addf(field, format string, args ...any) {
	*p = append(*p, Problem{Field: field, Message: fmt.Sprintf(format, args...)})
}

func (p *problems) require(field, value string) {
	if value == "" {
		p.addf(field, "is required")
	}
}

func (p *problems) id(field, value, prefix string) {
	if !HasPrefix(value, prefix) {
		p.addf(field, "must be an id that starts with %q", prefix+"_")
	}
}

func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return &InvalidError{Problems: p}
}

// oneOf reports value as a problem unless it is among allowed.
func oneOf[T ~string](p *problems, field string, value T, allowed ...T) {
	names := make([]string, len(allowed))
	for i, a := range allowed {
		if a == value {
			return
		}
		names[i] = string(a)
	}
	p.addf(field, "must be one of %s", strings.Join(names, ", "))
}

// TransitionError says that a state machine doesn't allow a step.
type TransitionError struct {
	Noun     string
	From, To string
}

func (e *TransitionError) Error() string {
	return fmt.Sprintf("a %s that is %s can't become %s", e.Noun, e.From, e.To)
}

// transition checks a step against a table of legal ones. Staying where one is, is legal.
func transition[T ~string](noun string, legal map[T][]T, from, to T) error {
	if from == to {
		return nil
	}
	if slices.Contains(legal[from], to) {
		return nil
	}
	return &TransitionError{Noun: noun, From: string(from), To: string(to)}
}
