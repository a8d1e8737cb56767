package awscloud

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
)

// functionGone is the error code for a function that doesn't exist, where it can't mean that there is no policy.
const functionGone = "ResourceNotFoundException"

// read reads what only calls for each function tell.
func (p *lambdaFunctions) read(ctx context.Context, s *session, o *audit.Observation) error {
	api, id := lambdaClient(s), &o.ExternalID
	err := s.detail(ctx, o, []string{functionPermission}, func(ctx context.Context) error {
		got, err := api.GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: id})
		if err != nil {
			return err
		}
		permissions, err := permissionsOf(aws.ToString(got.Policy))
		o.Config[functionPermission] = permissions
		return err
	})
	if err != nil {
		return err
	}
	if err := p.readURLs(ctx, s, o); err != nil {
		return err
	}
	err = ask(ctx, s, o, aside{paths: []string{"ReservedConcurrentExecutions"}, gone: []string{functionGone}}, api.GetFunctionConcurrency,
		&lambda.GetFunctionConcurrencyInput{FunctionName: id}, func(got *lambda.GetFunctionConcurrencyOutput) {
			o.Config["ReservedConcurrentExecutions"] = got.ReservedConcurrentExecutions
		})
	if err != nil {
		return err
	}
	return ask(ctx, s, o, aside{paths: []string{"Tags"}, gone: []string{functionGone}}, api.ListTags,
		&lambda.ListTagsInput{Resource: id}, func(got *lambda.ListTagsOutput) {
			o.Config["Tags"] = p.functions.ProjectAt("Tags", got.Tags)
		})
}

// readURLs reads the addresses of the function and of its aliases.
func (p *lambdaFunctions) readURLs(ctx context.Context, s *session, o *audit.Observation) error {
	return s.detail(ctx, o, []string{functionURL}, func(ctx context.Context) error {
		var urls []any
		var addresses []*string
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := lambdaClient(s).ListFunctionUrlConfigs(ctx, &lambda.ListFunctionUrlConfigsInput{
				FunctionName: &o.ExternalID, MaxItems: aws.Int32(50), Marker: token,
			})
			if err != nil {
				return nil, goneIf(err, functionGone)
			}
			for i := range page.FunctionUrlConfigs {
				u := &page.FunctionUrlConfigs[i]
				c := p.url(u)
				urls, addresses = append(urls, c), append(addresses, u.FunctionUrl)
			}
			return page.NextMarker, nil
		})
		if err == nil {
			o.Config[functionURL], o.Facts["FunctionUrls"] = urls, sortedTexts(addresses)
		}
		return err
	})
}

func (p *lambdaFunctions) url(u *types.FunctionUrlConfig) object {
	c, ok := p.functions.ProjectAt(functionURL+"[*]", u).(object)
	if !ok {
		c = object{}
	}
	if _, qualifier := splitFunction(aws.ToString(u.FunctionArn)); qualifier != "" {
		c["Qualifier"] = qualifier
	}
	return c
}

// permissionsOf makes of a function's policy the permissions that were added to it. A policy says nothing else, since
// AddPermission writes it (Lambda API reference).
func permissionsOf(policy string) ([]object, error) {
	var doc struct {
		Statement []struct {
			Effect    string
			Action    any
			Principal any
			Condition map[string]map[string]any
		}
	}
	if err := json.Unmarshal([]byte(policy), &doc); err != nil {
		return nil, &fault.Error{
			Kind: fault.Upstream, Code: "MalformedAnswer", Action: "lambda:GetPolicy",
			Message: "the answer is not of the form that its API promises", Cause: awsaccess.Redacted(err),
		}
	}
	var out []object
	for _, st := range doc.Statement {
		if st.Effect != "Allow" {
			continue
		}
		p := object{"Action": oneOf(st.Action), "Principal": oneOf(st.Principal)}
		for _, values := range st.Condition {
			for key, value := range values {
				if name, ok := permissionConditions[key]; ok {
					p[name] = oneOf(value)
				}
			}
		}
		out = append(out, p)
	}
	return out, nil
}

// permissionConditions are the condition keys that AddPermission writes, by the property that says so.
var permissionConditions = map[string]string{
	"AWS:SourceArn": "SourceArn", "aws:SourceArn": "SourceArn", "AWS:SourceAccount": "SourceAccount", "aws:SourceAccount": "SourceAccount",
	"aws:PrincipalOrgID": "PrincipalOrgID", "lambda:EventSourceToken": "EventSourceToken",
	"lambda:FunctionUrlAuthType": "FunctionUrlAuthType", "lambda:InvokedViaFunctionUrl": "InvokedViaFunctionUrl",
}

// oneOf returns the text in an element of a policy: itself, that of its only member, or the first of a list.
func oneOf(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for _, kind := range []string{"Service", "AWS", "Federated"} {
			if e, ok := v[kind]; ok {
				return oneOf(e)
			}
		}
		return nil
	case []any:
		if len(v) > 0 {
			return oneOf(v[0])
		}
		return nil
	}
	return v
}
