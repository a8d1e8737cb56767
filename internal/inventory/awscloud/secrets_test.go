package awscloud

import (
	"encoding/base64"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
)

func TestSecretsAreToldByTheirPaths(t *testing.T) {
	script := base64.StdEncoding.EncodeToString([]byte("#!/bin/sh\nexport DB_PASSWORD=hunter2\n"))
	for about, c := range map[string]struct {
		typ    string
		config object
		want   any
	}{
		"a function's variables": {
			"lambda_function",
			object{"Environment": object{"Variables": object{"LEVEL": "info", "DB_PASSWORD": "hunter2", "API_KEY": "a1", "DB_SECRET": "arn:aws:x"}}},
			[]any{"Environment.Variables.API_KEY", "Environment.Variables.DB_PASSWORD"},
		},
		"a container's variables": {
			"ecs_task_definition",
			object{"ContainerDefinitions": []any{
				object{"Name": "web", "Environment": []any{object{"Name": "DB_PASSWORD", "Value": "hunter2"}, object{"Name": "LEVEL", "Value": "info"}}},
				object{"Environment": []any{object{"Name": "X", "Value": "-----BEGIN PRIVATE KEY-----"}}},
			}},
			[]any{"ContainerDefinitions.1.Environment.X", "ContainerDefinitions.web.Environment.DB_PASSWORD"},
		},
		"a build's variables, of which one names a parameter": {
			"codebuild_project",
			object{"Environment": object{"EnvironmentVariables": []any{
				object{"Name": "DB_PASSWORD", "Value": "db-password", "Type": "PARAMETER_STORE"}, object{"Name": "NPM_ACCESS_TOKEN", "Value": "a1b2"},
			}}},
			[]any{"Environment.EnvironmentVariables.NPM_ACCESS_TOKEN"},
		},
		"a machine's script":         {"ec2_instance", object{"UserData": script}, []any{"UserData"}},
		"a template's script":        {"ec2_launch_template", object{"LaunchTemplateData": object{"UserData": script}}, []any{"LaunchTemplateData.UserData"}},
		"a script that is no base64": {"ec2_instance", object{"UserData": "password: hunter2"}, []any{"UserData"}},
		"a function without secrets": {"lambda_function", object{"Environment": object{"Variables": object{"LEVEL": "info"}}}, nil},
		"what has no secrets":        {"s3_bucket", object{"BucketName": "DB_PASSWORD=hunter2"}, nil},
	} {
		t.Run(about, func(t *testing.T) {
			sh, ok := shapes.Load().Lookup(c.typ)
			if !ok {
				t.Fatal("no shape")
			}
			o := &audit.Observation{Type: c.typ, Config: c.config}
			setSecrets(sh, o)
			if diff := cmp.Diff(c.want, o.Facts[secretsFact]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSecretsThatCouldNotBeReadAreUnknown(t *testing.T) {
	refused := audit.Unread{Action: "ecs:DescribeTaskDefinition", Code: "AccessDeniedException"}
	for path, want := range map[string]bool{
		"ContainerDefinitions": true, "ContainerDefinitions.Environment": true, "Tags": false, "facts.State": false, "Nothing": false,
	} {
		sh, _ := shapes.Load().Lookup("ecs_task_definition")
		o := &audit.Observation{Type: "ecs_task_definition", Config: object{}, Unread: map[string]audit.Unread{path: refused}}
		setSecrets(sh, o)
		if got, there := o.Unread["facts."+secretsFact]; there != want || want && got != refused {
			t.Errorf("%s unread: %+v", path, o.Unread)
		}
	}
}
