// Package awsmaintain puts together the function that looks after the installation.
package awsmaintain

import (
	"context"
	"encoding/json"

	"github.com/infraudit/infraudit/internal/lambdafn"
	"github.com/infraudit/infraudit/internal/wire/awswire"
	"github.com/infraudit/infraudit/internal/wire/awswire/awskeys"
)

// Maintenance is the function that looks after the others, and after the installation's keys: an operator who may invoke it
// has it add a sealing key.
func Maintenance(ctx context.Context, name string) (lambdafn.Event, error) {
	f, err := awswire.New(ctx, name)
	if err != nil {
		return nil, err
	}
	rotate, err := awskeys.Rotate(f)
	if err != nil {
		return nil, err
	}
	messages, commands, err := awswire.Maintenance(f)
	if err != nil {
		return nil, err
	}
	commands["rotate-keys"] = func(ctx context.Context, _ json.RawMessage) (any, error) { return nil, rotate(ctx) }
	return f.Events(messages, commands), nil
}
