package audit

// Evidence is what an assessment rests on beside its results, as it was then: what could be read, the waivers, and by what
// and for whom it was judged.
type Evidence struct {
	Version string `json:"version"` // of the program
	// Trigger is who asked for it, as an execution has it.
	Trigger   string             `json:"trigger"`
	Providers []EvidenceProvider `json:"providers"`
	Coverage  []Coverage         `json:"coverage"`
	Waivers   []Waiver           `json:"waivers"` // those in force
}

// EvidenceProvider is an account that was assessed.
type EvidenceProvider struct {
	ID      string       `json:"id"`
	Type    ProviderType `json:"type"`
	Name    string       `json:"name"`
	Account string       `json:"account"`
}
