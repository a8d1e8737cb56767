// Package functions_test looks at what the functions link: a function's size is its cold start.
package functions_test

import (
	"bytes"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// Packages that only some functions may link.
const (
	module     = "github.com/infraudit/infraudit/internal/"
	collectors = module + "inventory/awscloud"
	service    = "github.com/aws/aws-sdk-go-v2/service/"
)

// clients are the SDK's clients that every function has: of what it stands on, and of the default chain of credentials.
var clients = []string{"dynamodb", "s3", "signin", "sqs", "sso", "ssooidc", "sts"}

func TestFunctionsLinkOnlyWhatTheyUse(t *testing.T) {
	for name, may := range map[string][]string{
		"api":              {module + "api", "kms"},
		"dispatch":         nil,
		"export":           nil,
		"maintenance":      {"kms"},
		"resource-sync":    {collectors, "kms"},
		"drift-detection":  {collectors, "kms"},
		"compliance-check": {collectors, "kms"},
		"attribution":      {collectors, "kms"},
		"notify":           {"kms"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, dep := range dependencies(t, "./"+name) {
				switch {
				case strings.HasPrefix(dep, "go.etcd.io/bbolt"), dep == module+"cli", dep == module+"demo",
					dep == module+"queue/memqueue":
					t.Errorf("links %s", dep)
				case dep == module+"api" || dep == collectors:
					if !slices.Contains(may, dep) {
						t.Errorf("links %s", dep)
					}
				case strings.HasPrefix(dep, service):
					client := strings.TrimPrefix(dep, service)
					if path.Dir(client) == "." && client != "internal" && !slices.Contains(may, collectors) &&
						!slices.Contains(may, client) && !slices.Contains(clients, client) {
						t.Errorf("links the client of %s", client)
					}
				}
			}
		})
	}
}

func TestEveryFunctionIsLookedAt(t *testing.T) {
	out := goList(t, ".", "./...")
	if n := len(strings.Fields(out)); n != 10 { // nine and this test's
		t.Errorf("%d packages:\n%s", n, out)
	}
}

func dependencies(t *testing.T, pkg string) []string { return strings.Fields(goList(t, "-deps", pkg)) }

func goList(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-tags", "lambda.norpc,grpcnotrace"}, args...)...)
	cmd.Env = append(cmd.Environ(), "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.Bytes())
	}
	return string(out)
}
