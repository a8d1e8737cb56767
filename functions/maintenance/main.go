// Command maintenance, task: each minute, finds what fell between the steps. By hand: makes a team and its admin's token.
package main

import "github.com/infraudit/infraudit/internal/wire/awswire"

func main() { awswire.Main("maintenance", awswire.Maintenance) }
