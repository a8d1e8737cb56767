// Package builtin loads the rules and frameworks that come with the program.
package builtin

import (
	"errors"
	"fmt"

	"github.com/infraudit/infraudit/internal/compliance"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
	"github.com/infraudit/infraudit/internal/rule"
	"github.com/infraudit/infraudit/rules"
)

// Load loads the rules and frameworks that come with the program. Tests hold them to be without problems.
func Load() (*rule.Set, *compliance.Catalog, error) {
	set, err := rule.Trust(rules.FS, shapes.Load())
	if err != nil {
		return nil, nil, err
	}
	catalog, problems, err := compliance.Load(rules.FS, "frameworks", set)
	if err != nil {
		return nil, nil, err
	}
	if len(problems) > 0 {
		all := make([]error, 0, len(problems))
		for _, p := range problems {
			all = append(all, p)
		}
		return nil, nil, fmt.Errorf("the program's own rules: %w", errors.Join(all...))
	}
	return set, catalog, nil
}
