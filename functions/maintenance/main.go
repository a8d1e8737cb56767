// Command maintenance, task: each minute, finds what fell between the steps. By hand: makes a team and its admin's token, adds a
// sealing key.
package main

import (
	"github.com/infraudit/infraudit/internal/wire/awswire"
	"github.com/infraudit/infraudit/internal/wire/awswire/awsmaintain"
)

func main() { awswire.Main("maintenance", awsmaintain.Maintenance) }
