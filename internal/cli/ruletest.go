package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/infraudit/infraudit/internal/rule"
)

// TriedRules is what folders of rules and frameworks hold.
type TriedRules struct {
	Rules      int            `json:"rules"` // that are good
	Examples   int            `json:"examples"`
	Frameworks int            `json:"frameworks"`
	Problems   []rule.Problem `json:"problems"`
}

func newRuleTestCmd(a *app) *cobra.Command {
	cmd := leaf("test PATH...", "Try rules and frameworks of your own on this machine, without a server",
		"infraudit rule test ./audit-rules   # as for: infraudit scan aws --rules ./audit-rules",
		func(_ context.Context, args []string) error { return a.tryRules(args) })
	cmd.Long = `Load the rules and frameworks in folders or files, beside those that come with the program, and try each rule's examples.
What is wrong is said with file, line and reason.

Exit status: 0 when all are good; 1 when one isn't, or there is none.`
	cmd.Args = cobra.MinimumNArgs(1)
	return cmd
}

func (a *app) tryRules(paths []string) error {
	if a.deps.TryRules == nil {
		return errors.New("this build can't try rules")
	}
	tried, err := a.deps.TryRules(paths)
	if err != nil {
		return err
	}
	if err := a.showTried(&tried); err != nil {
		return err
	}
	if len(tried.Problems) > 0 || tried.Rules+tried.Frameworks == 0 {
		return exit(exitError)
	}
	return nil
}

func (a *app) showTried(tried *TriedRules) error {
	s, err := a.settings()
	if err != nil {
		return err
	}
	if s.output == "json" || s.output == "yaml" {
		tried.Problems = append([]rule.Problem{}, tried.Problems...) // [], not null
		raw, err := json.Marshal(tried)
		if err != nil {
			return err
		}
		return printRaw(a.out, s.output, raw)
	}
	for _, p := range tried.Problems {
		if _, err := fmt.Fprintln(a.out, clean(p.Error())); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(a.out, "%s with %s and %s are good; %s\n",
		count(tried.Rules, "rule"), count(tried.Examples, "example"), count(tried.Frameworks, "framework"), count(len(tried.Problems), "fault"))
	return err
}
