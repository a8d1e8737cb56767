// Command api, http: serves the API behind API Gateway.
package main

import (
	"github.com/infraudit/infraudit/internal/wire/awswire"
	"github.com/infraudit/infraudit/internal/wire/awswire/awsapi"
)

func main() { awswire.Main("api", awsapi.API) }
