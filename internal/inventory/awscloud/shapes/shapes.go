// Package shapes holds the shapes of AWS resources: those generated from CloudFormation's schemas (tools/shapegen,
// `make generate`), those written by hand for what CloudFormation has no type (own/), and the reviewed overlay of
// defaults, policy documents, sets, keys and secrets, each default with the page that states it (overlay.json).
package shapes

import (
	"embed"
	"fmt"
	"sync"

	"github.com/infraudit/infraudit/internal/shape"
)

//go:generate ../../../../tools/shapegen/generate.sh

//go:embed *.json own/*.json
var files embed.FS

// Load returns the shapes of AWS resources. Each is parsed when it is first looked up, once in a process.
func Load() *shape.Set { return load() }

var load = sync.OnceValue(func() *shape.Set {
	set, err := shape.Load(files)
	if err != nil {
		panic(fmt.Sprintf("embedded shapes: %v", err)) // a defect of the build, which the tests find
	}
	return set
})
