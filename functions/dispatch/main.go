// Command dispatch, scheduled: each minute, starts the jobs that are due. task: plans executions of teams with many providers.
package main

import "github.com/infraudit/infraudit/internal/wire/awswire"

func main() { awswire.Main("dispatch", awswire.Dispatch) }
