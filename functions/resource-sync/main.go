// Command resource-sync, task: reads customers' accounts for syncs, and compares what it reads with its baselines.
package main

import (
	"github.com/infraudit/infraudit/internal/wire/awswire"
	"github.com/infraudit/infraudit/internal/wire/awswire/awswork"
)

func main() { awswire.Main("resource-sync", awswork.ResourceSync) }
