package rule

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/infraudit/infraudit/internal/iampolicy"
)

// policyFunctions are the questions that rules ask policy documents (package iampolicy). A document is what the
// configuration has; {} is one that grants nothing. An answer that is a list is empty where there is nothing to tell; the
// elements of the first three are objects of grantFields.
//
// docs is what an identity has: a list of documents, of objects that have one as their PolicyDocument beside a name
// (inline policies, and the config of managed ones), of ARNs, and of such lists. {"Boundary": ...} among them is the
// permissions boundary. Of ARNs, those of AWS's policies are known that make one an administrator, or nobody; others
// count for nothing, so that customers' policies are to be looked up.
//
//	policy.public(doc, account)                            what a resource's policy lets everyone do
//	policy.outside(doc, account)                           what it lets anyone but the account do, public included
//	policy.granted(doc, account, actions)                  of that, grants that have some of the actions: ["s3:Put*"]
//	policy.openEndpoint(doc, account)                      what a VPC endpoint's policy allows on everyone's resources
//	policy.deniesPlainHTTP(doc, action, resources)         whether everyone is denied plain HTTP
//	policy.deniesTLSBelow(doc, version, action, resources) whether everyone is denied older TLS than 1.2, say
//	policy.denies(doc, action, resources)                  whether everyone is denied an action, whatever the conditions
//	policy.ofPermissions(permissions)                      the document that a Lambda function's permissions make up
//	policy.administrator(docs)                             whether identity policies, together, allow everything
//	policy.fullService(docs, service)                      whether they allow everything of a service
//	policy.wildcards(docs)                                 texts: the wildcard actions that they allow on everything
//	policy.escalations(docs)                               the ways in which they let one become an administrator: objects of
//	                                                       method, text, certain, false where conditions decide, and
//	                                                       borrowed, where it acts as what runs in the account
//	policy.allows(docs, action, resource)                  "yes", "conditional" or "no"
//	policy.allowedBy(docs, action, resource)               the text of which statements allow it, "" where it isn't "yes"
func policyFunctions() cel.EnvOption {
	doc, text := cel.DynType, cel.StringType
	docs, list := cel.ListType(cel.DynType), cel.ListType(cel.DynType)
	known := &parsed{}
	return all(
		grants(known, "policy.public", (*iampolicy.Policy).Public),
		grants(known, "policy.outside", (*iampolicy.Policy).OutsideAccess),
		grants(known, "policy.openEndpoint", (*iampolicy.Policy).OpenEndpoint),
		function("policy.granted", []*cel.Type{doc, text, cel.ListType(text)}, list, func(args []ref.Val) ref.Val {
			return known.ofPolicy(args[0], func(p *iampolicy.Policy) ref.Val {
				return grantList(slices.DeleteFunc(p.OutsideAccess(iampolicy.Owner{Account: textOf(args[1])}), func(g iampolicy.Grant) bool {
					return !slices.ContainsFunc(textsOf(args[2]), g.Allows)
				}))
			})
		}),
		function("policy.denies", []*cel.Type{doc, text, cel.ListType(text)}, cel.BoolType, func(args []ref.Val) ref.Val {
			return known.ofPolicy(args[0], func(p *iampolicy.Policy) ref.Val {
				return types.Bool(p.Denies(textOf(args[1]), textsOf(args[2])...).Denied)
			})
		}),
		function("policy.ofPermissions", []*cel.Type{cel.DynType}, cel.DynType, func(args []ref.Val) ref.Val {
			native, ok := jsonOf(args[0])
			permissions, isList := native.([]any)
			if !ok || !isList {
				return types.NewErr("the permissions are no list")
			}
			return types.DefaultTypeAdapter.NativeToValue(permissionPolicy(permissions))
		}),
		function("policy.deniesPlainHTTP", []*cel.Type{doc, text, cel.ListType(text)}, cel.BoolType, func(args []ref.Val) ref.Val {
			return known.ofPolicy(args[0], func(p *iampolicy.Policy) ref.Val {
				return types.Bool(p.DeniesInsecureTransport(textOf(args[1]), textsOf(args[2])...).Denied)
			})
		}),
		function("policy.deniesTLSBelow", []*cel.Type{doc, cel.DoubleType, text, cel.ListType(text)}, cel.BoolType, func(args []ref.Val) ref.Val {
			return known.ofPolicy(args[0], func(p *iampolicy.Policy) ref.Val {
				return types.Bool(p.DeniesTLSBelow(float64(args[1].(types.Double)), textOf(args[2]), textsOf(args[3])...).Denied)
			})
		}),
		identity(known, "policy.administrator", []*cel.Type{docs}, cel.BoolType, func(id *iampolicy.Identity, _ []ref.Val) ref.Val {
			return types.Bool(id.AllowsAdministrator().Verdict == iampolicy.Yes)
		}),
		identity(known, "policy.fullService", []*cel.Type{docs, text}, cel.BoolType, func(id *iampolicy.Identity, args []ref.Val) ref.Val {
			return types.Bool(id.AllowsFullService(textOf(args[1])).Verdict == iampolicy.Yes)
		}),
		identity(known, "policy.wildcards", []*cel.Type{docs}, list, func(id *iampolicy.Identity, _ []ref.Val) ref.Val {
			return textList(id.WildcardActions())
		}),
		identity(known, "policy.escalations", []*cel.Type{docs}, list, func(id *iampolicy.Identity, _ []ref.Val) ref.Val {
			out := []any{}
			for _, e := range id.EscalationPaths() {
				out = append(out, map[string]any{"method": e.Method, "certain": e.Verdict == iampolicy.Yes, "borrowed": e.Borrowed, "text": e.String()})
			}
			return types.DefaultTypeAdapter.NativeToValue(out)
		}),
		identity(known, "policy.allowedBy", []*cel.Type{docs, text, text}, text, func(id *iampolicy.Identity, args []ref.Val) ref.Val {
			d := id.Allows(textOf(args[1]), textOf(args[2]))
			if d.Verdict != iampolicy.Yes {
				return types.String("")
			}
			by := make([]string, 0, len(d.Because))
			for _, r := range d.Because {
				by = append(by, r.String())
			}
			return types.String(strings.Join(by, ", ") + " allows " + cmp.Or(strings.Join(d.Actions, ", "), "it"))
		}),
		identity(known, "policy.allows", []*cel.Type{docs, text, text}, text, func(id *iampolicy.Identity, args []ref.Val) ref.Val {
			return types.String(id.Allows(textOf(args[1]), textOf(args[2])).Verdict.String())
		}),
	)
}

// grants makes a function of a question to a resource's policy.
func grants(known *parsed, name string, ask func(*iampolicy.Policy, iampolicy.Owner) []iampolicy.Grant) cel.EnvOption {
	return function(name, []*cel.Type{cel.DynType, cel.StringType}, cel.ListType(cel.DynType), func(args []ref.Val) ref.Val {
		return known.ofPolicy(args[0], func(p *iampolicy.Policy) ref.Val {
			return grantList(ask(p, iampolicy.Owner{Account: textOf(args[1])}))
		})
	})
}

func grantList(grants []iampolicy.Grant) ref.Val {
	out := make([]any, 0, len(grants))
	for _, g := range grants {
		out = append(out, grantFields(g))
	}
	return types.DefaultTypeAdapter.NativeToValue(out)
}

// grantFields is a grant as rules see it: what is said, who is let in, and how it is bounded.
func grantFields(g iampolicy.Grant) map[string]any {
	return map[string]any{
		"text": g.String(), "kind": string(g.Grantee.Kind), "id": g.Grantee.ID, "account": g.Grantee.Account, "who": g.Grantee.String(), "actions": anys(g.Actions), "not_actions": g.NotActions,
		"resources": anys(g.Resources), "conditions": anys(g.Conditions), "guarded": g.Guarded, "external_id": g.ExternalID,
		"mfa": g.MFA, "shared": g.Shared, "pinned": g.Pinned, "open": g.Open(),
	}
}

// permissionPolicy is the policy that permissions of a Lambda function are parts of: "AddPermission",
// https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
func permissionPolicy(permissions []any) map[string]any {
	statements := make([]any, 0, len(permissions))
	for _, e := range permissions {
		p, ok := e.(map[string]any)
		if !ok {
			continue
		}
		equals, like := map[string]any{}, map[string]any{}
		for property, key := range permissionKeys {
			if v, there := p[property]; there && property == "SourceArn" {
				like[key] = v
			} else if there {
				equals[key] = fmt.Sprint(v)
			}
		}
		condition := map[string]any{}
		if len(equals) > 0 {
			condition["StringEquals"] = equals
		}
		if len(like) > 0 {
			condition["ArnLike"] = like
		}
		principal, _ := p["Principal"].(string)
		kind := "AWS"
		if strings.HasSuffix(principal, ".amazonaws.com") || strings.HasSuffix(principal, ".amazon.com") {
			kind = "Service" // alexa-appkit.amazon.com is one, too
		}
		statements = append(statements, map[string]any{
			"Effect": "Allow", "Principal": map[string]any{kind: principal}, "Action": p["Action"], "Condition": condition,
		})
	}
	return map[string]any{"Version": "2012-10-17", "Statement": statements}
}

// permissionKeys are the condition keys of the properties of AWS::Lambda::Permission.
var permissionKeys = map[string]string{
	"SourceArn": "aws:SourceArn", "SourceAccount": "aws:SourceAccount", "PrincipalOrgID": "aws:PrincipalOrgID",
	"EventSourceToken": "lambda:EventSourceToken", "FunctionUrlAuthType": "lambda:FunctionUrlAuthType",
	"InvokedViaFunctionUrl": "lambda:InvokedViaFunctionUrl",
}

func (p *parsed) ofPolicy(doc ref.Val, answer func(*iampolicy.Policy) ref.Val) ref.Val {
	policy, err := p.policy(documentOf(doc))
	if err != nil {
		return types.WrapErr(fmt.Errorf("the policy can't be read: %w", err))
	}
	return answer(policy)
}

// documentOf returns a document as configurations have it, also one that an expression made.
func documentOf(v ref.Val) any {
	if m, ok := v.Value().(map[string]any); ok {
		return m
	}
	if native, ok := jsonOf(v); ok {
		return native
	}
	return v.Value()
}

// identity makes a function of a question to several documents together.
func identity(known *parsed, name string, args []*cel.Type, result *cel.Type, answer func(*iampolicy.Identity, []ref.Val) ref.Val) cel.EnvOption {
	return function(name, args, result, func(args []ref.Val) ref.Val {
		var docs documents
		if fault := docs.add(args[0], false); fault != nil {
			return fault
		}
		id, err := known.identity(docs)
		if err != nil {
			return types.WrapErr(fmt.Errorf("a policy can't be read: %w", err))
		}
		return answer(id, args)
	})
}

// documents are the policies of an identity as an expression gives them, see policyFunctions.
type documents struct {
	policies []iampolicy.Document
	boundary *iampolicy.Document
}

// add returns the Unknown or the error that the value is or has, nil if there is none.
func (d *documents) add(v ref.Val, boundary bool) ref.Val {
	switch v := v.(type) {
	case *types.Unknown, *types.Err:
		return v
	case types.String:
		if v == "" {
			return nil
		}
		if doc, ok := iampolicy.AWSManaged(string(v)); ok {
			d.put(string(v[strings.LastIndexByte(string(v), '/')+1:]), doc, boundary)
		} else if !strings.HasPrefix(string(v), "arn:") {
			d.put("", string(v), boundary)
		}
		return nil
	case traits.Mapper:
		if b, ok := v.Find(types.String("Boundary")); ok {
			return d.add(b, true)
		}
		doc, ok := v.Find(types.String("PolicyDocument"))
		if !ok {
			d.put("", documentOf(v), boundary)
			return nil
		}
		if types.IsUnknownOrError(doc) {
			return doc
		}
		name := ""
		for _, field := range []string{"PolicyName", "ManagedPolicyName"} {
			if n, ok := v.Find(types.String(field)); ok {
				name = textOf(n)
			}
		}
		d.put(name, documentOf(doc), boundary)
		return nil
	case traits.Lister:
		for it := v.Iterator(); it.HasNext() == types.True; {
			if fault := d.add(it.Next(), boundary); fault != nil {
				return fault
			}
		}
		return nil
	}
	return types.NewErr("%s is no policy", v.Type().TypeName())
}

func (d *documents) put(name string, policy any, boundary bool) {
	doc := iampolicy.Document{Name: cmp.Or(name, fmt.Sprintf("policy %d", len(d.policies)+1)), Policy: policy}
	if boundary {
		d.boundary = &doc
	} else {
		d.policies = append(d.policies, doc)
	}
}

func textsOf(v ref.Val) []string {
	list, ok := v.(traits.Lister)
	if !ok {
		return nil
	}
	var out []string
	for it := list.Iterator(); it.HasNext() == types.True; {
		out = append(out, textOf(it.Next()))
	}
	return out
}

func textList[T fmt.Stringer](list []T) ref.Val {
	out := make([]any, 0, len(list))
	for _, e := range list {
		out = append(out, strings.TrimSpace(e.String()))
	}
	return types.DefaultTypeAdapter.NativeToValue(out)
}

func anys(list []string) []any {
	out := make([]any, 0, len(list))
	for _, e := range list {
		out = append(out, e)
	}
	return out
}
