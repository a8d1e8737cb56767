package leak_test

import (
	"strings"
	"testing"

	"github.com/infraudit/infraudit/internal/leak"
)

func TestVariable(t *testing.T) {
	for about, c := range map[string]struct {
		name, value string
		want        bool
	}{
		"a password":                              {"DB_PASSWORD", "hunter2", true},
		"a password by its short name":            {"dbPasswd", "hunter2", true},
		"a key with hyphens":                      {"x-api-key", "a1b2c3", true},
		"an access key under any name":            {"CONFIG", "id=AKIAIOSFODNN7EXAMPLE", true},
		"a private key":                           {"X", "-----BEGIN RSA PRIVATE KEY-----\nMII", true},
		"a level":                                 {"LOG_LEVEL", "debug", false},
		"a password that is empty":                {"DB_PASSWORD", "", false},
		"the ARN of a secret":                     {"DB_SECRET", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db", false},
		"the path of a parameter":                 {"DB_PASSWORD", "/app/db/password", false},
		"a reference of CloudFormation":           {"DB_PASSWORD", "{{resolve:ssm-secure:db:1}}", false},
		"a reference that is filled in":           {"DB_PASSWORD", "${DB_PASSWORD}", false},
		"stars that a service answers instead":    {"DB_PASSWORD", "****", false},
		"a switch":                                {"USE_SECRET", "true", false},
		"a name that only begins like a secret's": {"PASSWORD_LENGTH", "fourteen", false},
	} {
		if got := leak.Variable(c.name, c.value); got != c.want {
			t.Errorf("%s: %t", about, got)
		}
	}
}

func TestText(t *testing.T) {
	for about, c := range map[string]struct {
		text string
		want bool
	}{
		"a script that exports a password":   {"#!/bin/sh\nexport DB_PASSWORD='hunter2'\n", true},
		"a document with a password":         {"#cloud-config\nusers:\n  - password: hunter2\n", true},
		"JSON":                               {"{\n  \"api_key\": \"a1b2c3\",\n}", true},
		"an access key in an argument":       {"aws configure set aws_access_key_id AKIAIOSFODNN7EXAMPLE", true},
		"lines that end as Windows has them": {"set DB_PASSWORD=hunter2\r\nrun\r\n", true},
		"a password that is asked for":       {"DB_PASSWORD=$(aws ssm get-parameter --name db)\n", false},
		"a password of another variable":     {"export DB_PASSWORD=$PASS\n", false},
		"no password":                        {"#!/bin/sh\nyum install -y httpd\n", false},
		"attributes with semicolons":         {"threads=1;password=hunter2", true},
		"an object in a line":                {`{"table": "orders", "token": "a1b2"}`, true},
		"an object that refers":              {`{"password": "{{resolve:ssm-secure:db}}", "Secret": "<aws.scheduler.execution-id>"}`, false},
		"the ARN of a secret":                {"arn:aws:secretsmanager:eu-west-1:123456789012:secret:db", false},
		"nothing":                            {"", false},
	} {
		if got := leak.Text(c.text); got != c.want {
			t.Errorf("%s: %t", about, got)
		}
	}
}

// FuzzText holds that what is found in a line is found in any text that has the line, and nothing is found in nothing.
func FuzzText(f *testing.F) {
	f.Add("DB_PASSWORD=hunter2", "#!/bin/sh")
	f.Add("-----BEGIN PRIVATE KEY-----", "\x00\xff")
	f.Add("a: $b", "")
	f.Fuzz(func(t *testing.T, line, rest string) {
		if leak.Variable(line, "") {
			t.Errorf("an empty value of %q is a secret", line)
		}
		if strings.ContainsAny(line, "\r\n") || !leak.Text(line) {
			return
		}
		if text := rest + "\n" + line + "\n" + rest; !leak.Text(text) {
			t.Errorf("%q is found alone, and not in %q", line, text)
		}
	})
}
