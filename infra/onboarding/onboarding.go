// Package onboarding holds what a customer deploys to let InfraAudit read an account. The policies are made from what the
// collectors declare (internal/inventory/awscloud).
package onboarding

import "embed"

// FS holds the policies, policy-1.json and so on: what one managed policy may hold is bounded.
//
//go:embed policy-*.json
var FS embed.FS
