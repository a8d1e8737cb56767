// Command drift-detection, task: reads again what is older than a drift detection allows, and compares it.
package main

import (
	"github.com/infraudit/infraudit/internal/wire/awswire"
	"github.com/infraudit/infraudit/internal/wire/awswire/awswork"
)

func main() { awswire.Main("drift-detection", awswork.DriftDetection) }
