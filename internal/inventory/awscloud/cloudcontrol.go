package awscloud

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
)

// CloudControl is the name of the service that reads what no collector knows.
const CloudControl = "cloudcontrol"

// cloudControlCollector reads resources of whichever of CloudFormation's types, by their names alone (Cloud Control API
// user guide). Nobody declares which events change them.
func cloudControlCollector(resourceTypes []string) *collector {
	c := &collector{service: CloudControl}
	for _, name := range resourceTypes {
		at := regional
		if globalServices[serviceOf(name)] {
			at = global
		}
		typ := cloudControlType(name)
		c.listings = append(c.listings, listing{
			types: []string{typ}, where: at, actions: cloudControlActions(),
			each: []each{{action: actionGetResource, of: "resource", because: "a list handler need tell nothing but identifiers"}},
			collect: func(ctx context.Context, s *session, out inventory.Emitter) error {
				return (&controlled{typ: typ, name: name}).collect(ctx, s, out)
			},
		})
	}
	return c
}

const (
	actionListResources = "cloudformation:ListResources"
	actionGetResource   = "cloudformation:GetResource"
)

// cloudControlActions are Cloud Control's own; each type needs besides those of the handlers in its schema.
func cloudControlActions() []string {
	return []string{actionListResources, actionGetResource, "cloudformation:DescribeType"}
}

// globalServices are the services, by CloudFormation's names, whose resources belong to no region (AWS fault isolation
// boundaries, "Global services"; AWS general reference, "Service endpoints and quotas").
var globalServices = map[string]bool{
	"Billing": true, "BillingConductor": true, "Budgets": true, "CE": true, "CUR": true, "CloudFront": true, "GlobalAccelerator": true,
	"IAM": true, "NetworkManager": true, "Organizations": true, "Route53": true, "Shield": true,
}

// controlled is one type's listing.
type controlled struct {
	typ, name string // aws_x_y, AWS::X::Y
	schema    *typeSchema
}

// collect reads the resources of the type. Without the schema nobody can tell what is declared from what AWS says of it,
// so the listing fails where that is refused.
func (c *controlled) collect(ctx context.Context, s *session, out inventory.Emitter) error {
	if err := c.describe(ctx, s); err != nil {
		return err
	}
	api := client(s, func(cfg aws.Config) *cloudcontrol.Client { return cloudcontrol.NewFromConfig(cfg) })
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := api.ListResources(ctx, &cloudcontrol.ListResourcesInput{TypeName: &c.name, NextToken: token})
		if err != nil {
			return nil, c.failure(err, "list")
		}
		return page.NextToken, forEach(ctx, s, page.ResourceDescriptions, func(ctx context.Context, r types.ResourceDescription) error {
			o := &audit.Observation{Type: c.typ, ExternalID: c.externalID(s, aws.ToString(r.Identifier)), Config: object{}}
			if o.ExternalID == "" || c.elsewhere(s, o.ExternalID) || out.Done(o.Type, o.ExternalID) {
				return nil
			}
			if err := c.read(ctx, s, api, o, r); err != nil {
				return err
			}
			return s.emit(ctx, out, o)
		})
	})
}

func (c *controlled) describe(ctx context.Context, s *session) error {
	api := client(s, func(cfg aws.Config) *cloudformation.Client { return cloudformation.NewFromConfig(cfg) })
	got, err := api.DescribeType(ctx, &cloudformation.DescribeTypeInput{Type: cfntypes.RegistryTypeResource, TypeName: &c.name})
	if err != nil {
		return err
	}
	if c.schema, err = parseTypeSchema(aws.ToString(got.Schema)); err != nil {
		return &fault.Error{
			Kind: fault.Upstream, Code: "MalformedAnswer", Action: "cloudformation:DescribeType", Cause: awsaccess.Redacted(err),
			Message: "the schema of " + c.name + " can't be read",
		}
	}
	return nil
}

// read reads one resource. A type's list handler has to tell identifiers and may tell anything more, its read handler
// everything (CloudFormation CLI user guide, "Resource type handler contract"): what a listing leaves out can't be told from
// what isn't set, so every resource is asked about, but where the type has no read handler.
func (c *controlled) read(
	ctx context.Context, s *session, api *cloudcontrol.Client, o *audit.Observation, r types.ResourceDescription,
) error {
	if !c.schema.has("read") {
		return c.fill(o, r.Properties)
	}
	return s.detail(ctx, o, c.schema.declarable(), func(ctx context.Context) error {
		got, err := api.GetResource(ctx, &cloudcontrol.GetResourceInput{TypeName: &c.name, Identifier: r.Identifier})
		if err != nil {
			return c.failure(goneIf(err, "ResourceNotFoundException"), "read")
		}
		if got.ResourceDescription == nil {
			return nil
		}
		return c.fill(o, got.ResourceDescription.Properties)
	})
}

func (c *controlled) fill(o *audit.Observation, properties *string) error {
	config, facts, err := c.schema.split(aws.ToString(properties))
	if err != nil {
		return &fault.Error{
			Kind: fault.Upstream, Code: "MalformedAnswer", Action: actionGetResource, Cause: awsaccess.Redacted(err),
			Message: "the properties of a resource can't be read",
		}
	}
	o.Config, o.Facts = config, facts
	for _, name := range []string{"Name", c.name[strings.LastIndexByte(c.name, ':')+1:] + "Name"} {
		if text, ok := config[name].(string); ok && o.Name == "" {
			o.Name = text
		}
	}
	if tags := tagsOf(config[c.schema.tags]); len(tags) > 0 {
		o.Tags = tags
	} else if pairs, ok := config[c.schema.tags].(object); ok {
		o.Tags = map[string]string{}
		for key, value := range pairs {
			o.Tags[key], _ = value.(string)
		}
	}
	return nil
}

// externalID is the primary identifier where that is an ARN; elsewhere a text in the form of one, whose resource is the
// type and the identifier: "arn:aws:cloudcontrol:eu-west-1:123456789012:AWS::IVS::Channel/main". Its parts are separated by
// bars where it has several.
func (c *controlled) externalID(s *session, identifier string) string {
	if identifier == "" || strings.HasPrefix(identifier, "arn:") {
		return identifier
	}
	return s.arn(CloudControl, c.name+"/"+identifier)
}

// elsewhere tells whether a resource is another slice's: one whose ARN names another region, or none, in which case the
// home region has it.
func (c *controlled) elsewhere(s *session, arn string) bool {
	if s.region == audit.RegionGlobal {
		return false
	}
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return false
	}
	return parts[3] == "" && s.region != s.home || parts[3] != "" && parts[3] != s.region
}

// notAuthorized finds the action in the message of a refusal (IAM user guide, "Troubleshoot access denied error messages").
var notAuthorized = regexp.MustCompile(`not authorized to perform: ([a-z0-9-]+:[A-Za-z0-9]+)`)

// failure says of a refusal which action was refused: Cloud Control makes the service's calls with our permissions.
func (c *controlled) failure(err error, handler string) error {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return err
	}
	f := *awsaccess.Classify(err)
	refused := notAuthorized.FindStringSubmatch(api.ErrorMessage())
	if f.Kind != fault.Denied && refused == nil {
		return err
	}
	f.Kind = fault.Denied
	if refused != nil {
		f.Action = refused[1]
	}
	f.Message = awsaccess.Message(&f) + "; to " + handler + " " + c.name + " its service asks for permissions of its own"
	if needs := c.schema.Handlers[handler].Permissions; len(needs) > 0 {
		f.Message += ": " + strings.Join(needs[:min(len(needs), maxPermissions)], ", ")
	}
	return &f
}

// maxPermissions bounds how many permissions a message names.
const maxPermissions = 20
