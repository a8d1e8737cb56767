// Command export, task: writes exports into the bucket.
package main

import "github.com/infraudit/infraudit/internal/wire/awswire"

func main() { awswire.Main("export", awswire.Export) }
