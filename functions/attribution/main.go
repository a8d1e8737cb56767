// Command attribution, task: finds out in the audit log who made the changes of one region.
package main

import (
	"github.com/infraudit/infraudit/internal/wire/awswire"
	"github.com/infraudit/infraudit/internal/wire/awswire/awswork"
)

func main() { awswire.Main("attribution", awswork.Attribution) }
