package audit

// Verdict is what a rule says of a resource, or a control of an account.
type Verdict string

// The verdicts. NotAssessed means that data is missing, which the result names: never passed, and no failure.
const (
	Passed      Verdict = "passed"
	Failed      Verdict = "failed"
	NotAssessed Verdict = "not_assessed"
)

// Gap is something that could not be read and that a verdict needs.
type Gap struct {
	// Path is the attribute that is missing; "" where a whole listing is.
	Path string `json:"path,omitempty"`
	// ExternalID is the resource that lacks it, where that is another one than the result's.
	ExternalID string `json:"external_id,omitempty"`
	// ResourceType and Region say which listing is missing; Region is "" where it is missing everywhere.
	ResourceType string `json:"resource_type,omitempty"`
	Region       string `json:"region,omitempty"`
	Unread
}

// Value is an attribute that a verdict rests on, and what it was; nil where it is absent.
type Value struct {
	Path  string `json:"path"`
	Value any    `json:"value"`
}
