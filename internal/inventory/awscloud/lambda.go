package awscloud

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
	"github.com/infraudit/infraudit/internal/shape"
)

// The properties that hold what CloudFormation has types of their own for.
const (
	functionPermission = "AWS::Lambda::Permission"
	functionURL        = "AWS::Lambda::Url"
	functionSource     = "AWS::Lambda::EventSourceMapping"
)

// lambdaCollector reads AWS Lambda (Lambda API reference). GetFunction would tell tags and concurrency in one call, but
// also where to fetch the code, which is not ours to read.
func lambdaCollector() *collector {
	p := &lambdaFunctions{projectorOf("lambda_function", map[string]string{
		"FunctionConfiguration.ImageConfigResponse": "", "FunctionConfiguration.Layers": "", // see function
		"EventSourceMappingConfiguration.StartingPositionTimestamp": "",
	})}
	return &collector{
		service: "lambda",
		listings: []listing{{
			types: []string{"lambda_function"},
			actions: []string{
				"lambda:ListFunctions", "lambda:ListEventSourceMappings", "lambda:GetPolicy", "lambda:ListFunctionUrlConfigs",
				"lambda:GetFunctionConcurrency", "lambda:ListTags",
			},
			page: 50,
			each: eachOf("function", "`ListFunctions` leaves them out; `GetFunction` would tell two of them, and where to fetch the code",
				"lambda:GetPolicy", "lambda:ListFunctionUrlConfigs", "lambda:GetFunctionConcurrency", "lambda:ListTags",
			),
			collect: p.collect,
		}},
		events: lambdaEvents(),
	}
}

// lambdaEvents names events as CloudTrail does: most end with the version of their API (Lambda developer guide, "Logging
// Lambda API calls using CloudTrail").
func lambdaEvents() map[string]map[string][]string {
	function := func(paths ...string) map[string][]string { return map[string][]string{"lambda_function": paths} }
	concurrency, tags := function("ReservedConcurrentExecutions"), function("Tags")
	return map[string]map[string][]string{
		"AddPermission20150331v2":           function(functionPermission),
		"RemovePermission20150331v2":        function(functionPermission),
		"CreateEventSourceMapping20150331":  function(functionSource),
		"UpdateEventSourceMapping20150331":  function(functionSource),
		"DeleteEventSourceMapping20150331":  function(functionSource),
		"CreateFunctionUrlConfig":           function(functionURL),
		"UpdateFunctionUrlConfig":           function(functionURL),
		"DeleteFunctionUrlConfig":           function(functionURL),
		"PutFunctionConcurrency20171031":    concurrency,
		"DeleteFunctionConcurrency20171031": concurrency,
		"TagResource20170331v2":             tags,
		"UntagResource20170331v2":           tags,
		"UpdateFunctionCode20150331v2":      function("Architectures"),
		"UpdateFunctionConfiguration20150331v2": function(
			"CapacityProviderConfig", "DeadLetterConfig", "Description", "DurableConfig", "Environment", "EphemeralStorage",
			"FileSystemConfigs", "Handler", "ImageConfig", "KmsKeyArn", "Layers", "LoggingConfig", "MemorySize", "Role", "Runtime",
			"SnapStart", "Timeout", "TracingConfig", "VpcConfig",
		),
	}
}

func lambdaClient(s *session) *lambda.Client {
	return client(s, func(c aws.Config) *lambda.Client { return lambda.NewFromConfig(c) })
}

// lambdaFunctions turns the answers of the Lambda API into configurations.
type lambdaFunctions struct{ functions *shape.Projector }

// collect reads the functions, and the event source mappings of all of them at once.
func (p *lambdaFunctions) collect(ctx context.Context, s *session, out inventory.Emitter) error {
	sources, refused := p.sources(ctx, s)
	if err := fatal(ctx, refused); err != nil {
		return err
	}
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := lambdaClient(s).ListFunctions(ctx, &lambda.ListFunctionsInput{MaxItems: aws.Int32(50), Marker: token})
		if err != nil {
			return nil, err
		}
		return page.NextMarker, forEach(ctx, s, page.Functions, func(ctx context.Context, f types.FunctionConfiguration) error {
			o := p.function(&f)
			if o.ExternalID == "" {
				return s.emit(ctx, out, o)
			}
			if out.Done(o.Type, o.ExternalID) {
				return nil
			}
			if refused != nil {
				setUnread(o, awsaccess.Classify(refused), functionSource)
			} else {
				o.Config[functionSource] = sources[o.ExternalID]
			}
			if err := p.read(ctx, s, o); err != nil {
				return err
			}
			return s.emit(ctx, out, o)
		})
	})
}

func (p *lambdaFunctions) function(f *types.FunctionConfiguration) *audit.Observation {
	c := p.functions.Project(f)
	layers := make([]*string, 0, len(f.Layers))
	for i := range f.Layers {
		layers = append(layers, f.Layers[i].Arn)
	}
	c["Layers"] = layers
	if f.ImageConfigResponse != nil {
		c["ImageConfig"] = p.functions.ProjectAt("ImageConfig", f.ImageConfigResponse.ImageConfig)
	}
	if f.SnapStart != nil && f.SnapStart.ApplyOn == types.SnapStartApplyOnNone {
		delete(c, "SnapStart") // as good as not declared
	}
	facts := object{
		"CodeSha256": f.CodeSha256, "LastModified": f.LastModified, "State": told(f.State), "StateReasonCode": told(f.StateReasonCode),
		"SigningProfileVersionArn": f.SigningProfileVersionArn,
	}
	if f.VpcConfig != nil {
		facts["VpcId"] = f.VpcConfig.VpcId
	}
	return &audit.Observation{
		Type: "lambda_function", ExternalID: aws.ToString(f.FunctionArn), Name: aws.ToString(f.FunctionName), Config: c, Facts: facts,
	}
}

// sources lists the event source mappings by their function's ARN.
func (p *lambdaFunctions) sources(ctx context.Context, s *session) (map[string][]any, error) {
	out := map[string][]any{}
	err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := lambdaClient(s).ListEventSourceMappings(ctx, &lambda.ListEventSourceMappingsInput{MaxItems: aws.Int32(100), Marker: token})
		if err != nil {
			return nil, err
		}
		for i := range page.EventSourceMappings {
			m := &page.EventSourceMappings[i]
			state := aws.ToString(m.State)
			if state == "Deleting" {
				continue
			}
			c, ok := p.functions.ProjectAt(functionSource+"[*]", m).(object)
			if !ok {
				c = object{}
			}
			c["Enabled"] = state != "Disabled" && state != "Disabling"
			if at := m.StartingPositionTimestamp; at != nil {
				c["StartingPositionTimestamp"] = at.Unix()
			}
			function, _ := splitFunction(aws.ToString(m.FunctionArn))
			out[function] = append(out[function], c)
		}
		return page.NextMarker, nil
	})
	return out, err
}

// splitFunction splits the ARN of an alias or a version, "arn:aws:lambda:eu-west-1:123456789012:function:name:alias",
// in that of its function and the qualifier.
func splitFunction(id string) (function, qualifier string) {
	const parts = 7 // of the ARN of a function
	if strings.Count(id, ":") < parts {
		return id, ""
	}
	i := strings.LastIndexByte(id, ':')
	return id[:i], id[i+1:]
}
