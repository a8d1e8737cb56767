// Command compliance-check, task: judges what was read by rules, and makes assessments.
package main

import (
	"github.com/infraudit/infraudit/internal/wire/awswire"
	"github.com/infraudit/infraudit/internal/wire/awswire/awswork"
)

func main() { awswire.Main("compliance-check", awswork.ComplianceCheck) }
