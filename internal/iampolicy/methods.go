package iampolicy

import "strings"

// passRole is what every method needs that gives a role to a service.
var passRole = need{action: "iam:PassRole", kind: "role/*"}

// methods are the published ways of privilege escalation, see EscalationPaths. The resource types are those of the
// "Service Authorization Reference",
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
var methods = prepare([]method{
	// IAM itself.
	direct("replace the contents of a policy", need{action: "iam:CreatePolicyVersion", kind: "policy/*"}),
	direct("return to a wider version of a policy", need{action: "iam:SetDefaultPolicyVersion", kind: "policy/*"}),
	direct("make access keys for another user", need{action: "iam:CreateAccessKey", kind: "user/*", others: true}),
	direct("set a first console password for another user",
		need{action: "iam:CreateLoginProfile", kind: "user/*", others: true}),
	direct("change another user's console password", need{action: "iam:UpdateLoginProfile", kind: "user/*", others: true}),
	direct("attach any policy to a user", need{action: "iam:AttachUserPolicy", kind: "user/*"}),
	direct("attach any policy to a group", need{action: "iam:AttachGroupPolicy", kind: "group/*"}),
	direct("attach any policy to a role", need{action: "iam:AttachRolePolicy", kind: "role/*"}),
	direct("write an inline policy of a user", need{action: "iam:PutUserPolicy", kind: "user/*"}),
	direct("write an inline policy of a group", need{action: "iam:PutGroupPolicy", kind: "group/*"}),
	direct("write an inline policy of a role", need{action: "iam:PutRolePolicy", kind: "role/*"}),
	direct("join any group", need{action: "iam:AddUserToGroup", kind: "group/*"}),
	// A trust policy that names the principal itself is enough to assume a role of the same account.
	direct("have any role trust oneself", need{action: "iam:UpdateAssumeRolePolicy", kind: "role/*"}),
	{
		title: "replace the keys of a SAML provider, and sign in through it",
		needs: []need{{action: "iam:UpdateSAMLProvider", kind: "saml-provider/*"}},
	},
	{
		title: "assume every role that trusts the account",
		needs: []need{{action: "sts:AssumeRole", service: "iam", kind: "role/*"}},
	},
	lifts("remove a user's permissions boundary", "iam:DeleteUserPermissionsBoundary", "user/*"),
	lifts("remove a role's permissions boundary", "iam:DeleteRolePermissionsBoundary", "role/*"),
	lifts("replace a user's permissions boundary", "iam:PutUserPermissionsBoundary", "user/*"),
	lifts("replace a role's permissions boundary", "iam:PutRolePermissionsBoundary", "role/*"),
	{
		title: "write the inline policy of an IAM Identity Center permission set",
		needs: []need{{action: "sso:PutInlinePolicyToPermissionSet", kind: "permissionSet/*"}},
	},
	{
		title: "attach any policy to an IAM Identity Center permission set",
		needs: []need{{action: "sso:AttachManagedPolicyToPermissionSet", kind: "permissionSet/*"}},
	},
	{
		title: "assign an IAM Identity Center permission set to oneself",
		needs: []need{{action: "sso:CreateAccountAssignment", kind: "permissionSet/*"}},
	},

	// A role given to something new.
	passes("ec2", "start an instance with any role", need{action: "ec2:RunInstances", kind: "instance/*"}),
	passes("ec2", "give a running instance any role", need{action: "ec2:AssociateIamInstanceProfile", kind: "instance/*"}),
	passes("ec2", "change the role of a running instance",
		need{action: "ec2:ReplaceIamInstanceProfileAssociation", kind: "instance/*"}),
	passes("ec2", "request a spot instance with any role",
		need{action: "ec2:RequestSpotInstances", kind: "spot-instances-request/*"}),
	passes("ec2", "have Auto Scaling start instances with any role",
		need{action: "autoscaling:CreateLaunchConfiguration", kind: "launchConfiguration:*"},
		need{action: "autoscaling:CreateAutoScalingGroup", kind: "autoScalingGroup:*"}),
	passes("lambda", "run code as any role in a new function", createFunction,
		need{action: "lambda:InvokeFunction", kind: "function:*"}),
	passes("lambda", "run code as any role in a new function that another account calls", createFunction,
		need{action: "lambda:AddPermission", kind: "function:*"}),
	passes("lambda", "run code as any role in a new function that an event source triggers", createFunction,
		need{action: "lambda:CreateEventSourceMapping", kind: "event-source-mapping:*"}),
	passes("glue", "log in to a new development endpoint with any role",
		need{action: "glue:CreateDevEndpoint", kind: "devEndpoint/*"}),
	passes("glue", "run a new job as any role", need{action: "glue:CreateJob", kind: "job/*"},
		need{action: "glue:StartJobRun", kind: "job/*"}),
	passes("glue", "schedule a new job as any role", need{action: "glue:CreateJob", kind: "job/*"},
		need{action: "glue:CreateTrigger", kind: "trigger/*"}),
	passes("glue", "run a changed job as any role", need{action: "glue:UpdateJob", kind: "job/*"},
		need{action: "glue:StartJobRun", kind: "job/*"}),
	passes("glue", "schedule a changed job as any role", need{action: "glue:UpdateJob", kind: "job/*"},
		need{action: "glue:CreateTrigger", kind: "trigger/*"}),
	passes("glue", "run code as any role in an interactive session",
		need{action: "glue:CreateSession", kind: "session/*"}, need{action: "glue:RunStatement", kind: "session/*"}),
	passes("cloudformation", "create a stack as any role", need{action: "cloudformation:CreateStack", kind: "stack/*"}),
	passes("cloudformation", "update a stack as any role", need{action: "cloudformation:UpdateStack", kind: "stack/*"}),
	passes("cloudformation", "create a stack set as any role",
		need{action: "cloudformation:CreateStackSet", kind: "stackset/*"},
		need{action: "cloudformation:CreateStackInstances", kind: "stackset/*"}),
	passes("cloudformation", "update a stack set as any role",
		need{action: "cloudformation:UpdateStackSet", kind: "stackset/*"}),
	passes("datapipeline", "run a pipeline as any role", need{action: "datapipeline:CreatePipeline", kind: "pipeline/*"},
		need{action: "datapipeline:PutPipelineDefinition", kind: "pipeline/*"},
		need{action: "datapipeline:ActivatePipeline", kind: "pipeline/*"}),
	passes("sagemaker", "open a new notebook with any role",
		need{action: "sagemaker:CreateNotebookInstance", kind: "notebook-instance/*"}, notebookURL),
	passes("sagemaker", "start a new notebook that runs a script as any role",
		need{action: "sagemaker:CreateNotebookInstance", kind: "notebook-instance/*"}, notebookScript),
	passes("sagemaker", "run a training job as any role",
		need{action: "sagemaker:CreateTrainingJob", kind: "training-job/*"}),
	passes("sagemaker", "run a processing job as any role",
		need{action: "sagemaker:CreateProcessingJob", kind: "processing-job/*"}),
	passes("codebuild", "build a new project as any role", need{action: "codebuild:CreateProject", kind: "project/*"},
		startBuild),
	passes("codebuild", "build a changed project as any role", need{action: "codebuild:UpdateProject", kind: "project/*"},
		startBuild),
	passes("codebuild", "build a new project as any role, in a batch",
		need{action: "codebuild:CreateProject", kind: "project/*"},
		need{action: "codebuild:StartBuildBatch", kind: "project/*"}),
	passes("ecs-tasks", "run a container task as any role", registerTask, need{action: "ecs:RunTask", kind: "task-definition/*"}),
	passes("ecs-tasks", "start a container task as any role on an instance", registerTask,
		need{action: "ecs:StartTask", kind: "task-definition/*"}),
	passes("ecs-tasks", "run a container service as any role", registerTask,
		need{action: "ecs:CreateService", kind: "service/*"}),
	passes("ecs-tasks", "change a container service to run as any role", registerTask,
		need{action: "ecs:UpdateService", kind: "service/*"}),
	passes("ecs-tasks", "run a batch job as any role",
		need{action: "batch:RegisterJobDefinition", kind: "job-definition/*"},
		need{action: "batch:SubmitJob", kind: "job-definition/*"}),
	passes("states", "run a new state machine as any role",
		need{action: "states:CreateStateMachine", kind: "stateMachine:*"},
		need{action: "states:StartExecution", kind: "stateMachine:*"}),
	passes("scheduler", "schedule any API call as any role",
		need{action: "scheduler:CreateSchedule", kind: "schedule/*"}),
	passes("ssm", "run an automation as any role",
		need{action: "ssm:StartAutomationExecution", kind: "automation-definition/*"}),
	passes("elasticmapreduce", "start a cluster with any role",
		need{action: "elasticmapreduce:RunJobFlow", kind: "cluster/*"}),
	passes("tasks.apprunner", "run a web service as any role", need{action: "apprunner:CreateService", kind: "service/*"}),
	passes("bedrock-agentcore", "run code as any role in a new interpreter",
		need{action: "bedrock-agentcore:CreateCodeInterpreter", kind: "code-interpreter*"},
		need{action: "bedrock-agentcore:StartCodeInterpreterSession", kind: "code-interpreter*"},
		need{action: "bedrock-agentcore:InvokeCodeInterpreter", kind: "code-interpreter*"}),

	// Something that has its role already.
	uses("replace the code of any function", need{action: "lambda:UpdateFunctionCode", kind: "function:*"}),
	uses("put code into any function as a layer", need{action: "lambda:UpdateFunctionConfiguration", kind: "function:*"}),
	uses("put one's own key on a development endpoint", need{action: "glue:UpdateDevEndpoint", kind: "devEndpoint/*"}),
	uses("open any notebook", notebookURL),
	uses("have any notebook run a script when it starts", notebookScript,
		need{action: "sagemaker:UpdateNotebookInstance", kind: "notebook-instance/*"},
		need{action: "sagemaker:StopNotebookInstance", kind: "notebook-instance/*"},
		need{action: "sagemaker:StartNotebookInstance", kind: "notebook-instance/*"}),
	uses("build any project with other commands", startBuild),
	uses("run commands on any instance", need{action: "ssm:SendCommand", service: "ec2", kind: "instance/*"}),
	uses("open a session on any instance", need{action: "ssm:StartSession", service: "ec2", kind: "instance/*"}),
	uses("log in to any instance", need{action: "ec2-instance-connect:SendSSHPublicKey", service: "ec2", kind: "instance/*"}),
	uses("have any instance run other user data", need{action: "ec2:ModifyInstanceAttribute", kind: "instance/*"},
		need{action: "ec2:StopInstances", kind: "instance/*"}, need{action: "ec2:StartInstances", kind: "instance/*"}),
	uses("have instances start with other user data from any launch template",
		need{action: "ec2:CreateLaunchTemplateVersion", kind: "launch-template/*"},
		need{action: "ec2:ModifyLaunchTemplate", kind: "launch-template/*"}),
	uses("run code in any interpreter",
		need{action: "bedrock-agentcore:StartCodeInterpreterSession", kind: "code-interpreter*"},
		need{action: "bedrock-agentcore:InvokeCodeInterpreter", kind: "code-interpreter*"}),
	uses("run commands in any container", need{action: "ecs:ExecuteCommand", kind: "task/*"}),
	uses("run a changed state machine", need{action: "states:UpdateStateMachine", kind: "stateMachine:*"},
		need{action: "states:StartExecution", kind: "stateMachine:*"}),
	uses("run a changed stack template as the stack's role",
		need{action: "cloudformation:CreateChangeSet", kind: "stack/*"},
		need{action: "cloudformation:ExecuteChangeSet", kind: "stack/*"}),
})

// Actions that several methods need.
var (
	createFunction = need{action: "lambda:CreateFunction", kind: "function:*"}
	registerTask   = need{action: "ecs:RegisterTaskDefinition", kind: "task-definition/*"}
	startBuild     = need{action: "codebuild:StartBuild", kind: "project/*"}
	notebookScript = need{
		action: "sagemaker:CreateNotebookInstanceLifecycleConfig", kind: "notebook-instance-lifecycle-config/*",
	}
	notebookURL = need{action: "sagemaker:CreatePresignedNotebookInstanceUrl", kind: "notebook-instance/*"}
)

func direct(title string, n need) method {
	return method{title: title, needs: []need{n}, direct: true}
}

func lifts(title, action, kind string) method {
	return method{title: title, needs: []need{{action: action, kind: kind}}, bounded: true}
}

func passes(service, title string, needs ...need) method {
	return method{title: title, needs: append([]need{passRole}, needs...), passedTo: service + ".amazonaws.com"}
}

func uses(title string, needs ...need) method {
	return method{title: title, needs: needs, borrowed: true}
}

// prepare fills in what follows from the rest.
func prepare(list []method) []method {
	for i := range list {
		m := &list[i]
		for j := range m.needs {
			n := &m.needs[j]
			if j > 0 {
				m.name += "+"
			}
			m.name += n.action
			if n.service == "" {
				n.service, _, _ = strings.Cut(n.action, ":")
			}
			n.action = strings.ToLower(n.action)
		}
	}
	return list
}
