// Command notify, task: sends events to webhooks.
package main

import (
	"github.com/infraudit/infraudit/internal/wire/awswire"
	"github.com/infraudit/infraudit/internal/wire/awswire/awsnotify"
)

func main() { awswire.Main("notify", awsnotify.Notify) }
