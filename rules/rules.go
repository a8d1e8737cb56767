// Package rules holds the rules and frameworks that come with InfraAudit. They are data; see docs/rules.md.
package rules

import "embed"

// FS has a folder for each provider, and frameworks/.
//
//go:embed aws frameworks
var FS embed.FS
