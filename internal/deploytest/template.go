// Package deploytest reads the deployment template as AWS would, and plays its deployment on this machine: tables in
// DynamoDB Local; queues, bucket, keys and topics in moto. What a function finds in its environment, what wakes it and
// what it may do then come from the template itself, so that a wrong reference there fails tests here.
//
// The template is expanded by AWS's own SAM translator (tools/sam); tests that use this package have the build tag
// integration.
package deploytest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/infraudit/infraudit/internal/testtool"
)

// Template is a CloudFormation template without SAM's shorthands. Values are as in its JSON: intrinsic functions are
// maps such as {"Ref": "Queue"}.
type Template struct {
	Parameters map[string]Parameter
	Conditions map[string]any
	Resources  map[string]Resource
	Outputs    map[string]Output
}

// Parameter is what a stack is asked for.
type Parameter struct {
	Type        string
	Description string
	Default     any
}

// Resource is one resource as it is declared.
type Resource struct {
	Type                string
	Condition           string
	DeletionPolicy      string
	UpdateReplacePolicy string
	Properties          map[string]any
}

// Output is what a stack tells.
type Output struct {
	Description string
	Condition   string
	Value       any
}

// Templates are a template and those of its nested stacks, by their TemplateURL; "" is the template itself.
type Templates map[string]*Template

// Expand returns the expanded template.yaml. It takes a second, so tests share what it returns: nothing changes it.
func Expand(t testing.TB) Templates {
	t.Helper()
	templates, err := Read(t.Context())
	if err != nil {
		t.Fatalf("expand template.yaml: %v", err)
	}
	return templates
}

// Read returns the expanded template.yaml.
func Read(ctx context.Context) (Templates, error) {
	root, err := testtool.ModuleRoot()
	if err != nil {
		return nil, err
	}
	python, err := testtool.Path("sam", "bin", "python")
	if err != nil {
		return nil, err
	}
	script := filepath.Join(root, "tools", "sam", "expand.py")
	cmd := exec.CommandContext(ctx, python, script, filepath.Join(root, "template.yaml"))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, &stderr)
	}
	return decodeTemplates(out)
}

func decodeTemplates(out []byte) (Templates, error) {
	var templates Templates
	dec := json.NewDecoder(bytes.NewReader(out))
	dec.UseNumber() // so that numbers stay as they are written
	if err := dec.Decode(&templates); err != nil {
		return nil, err
	}
	if templates[""] == nil || len(templates[""].Resources) == 0 {
		return nil, fmt.Errorf("no resources in %d bytes", len(out))
	}
	return templates, nil
}
