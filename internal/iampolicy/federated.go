package iampolicy

import (
	"slices"
	"strings"
)

// federation tells whether an identity provider is shared by tenants that have nothing to do with each other, and whether
// the conditions pin a claim that says which tenant it must be.
func federation(provider string, conditions []condition) (shared, pinned bool) {
	host := provider
	if _, after, ok := strings.Cut(provider, ":oidc-provider/"); ok {
		host = after
	}
	host = strings.ToLower(strings.TrimSuffix(host, "/"))
	claims, shared := tenantClaims(host)
	for _, c := range conditions {
		name, ok := strings.CutPrefix(c.key, host+":")
		if !ok || !c.effective(conditions) || !strings.HasPrefix(c.operator, "string") || len(c.values) == 0 {
			continue
		}
		starts, known := claims[name]
		if !known && (shared || name != "sub") {
			continue
		}
		if !slices.ContainsFunc(c.values, func(v value) bool { return !namesTenant(v.text, starts) }) {
			pinned = true
		}
	}
	return shared, pinned
}

// tenantClaims returns the claims of a shared provider that name the tenant, each with the ways in which its value may
// begin before the tenant's name; an empty one takes any value without wildcards. Sources: "IAM and AWS STS condition
// context keys" and "Identity-provider controls for shared OIDC providers"
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html), and each
// provider's page on its subject claims, first of all GitHub's:
// https://docs.github.com/en/actions/reference/security/oidc
// GitHub's job_workflow_ref isn't one: a public workflow runs in whoever's repository calls it.
func tenantClaims(host string) (map[string][]string, bool) {
	switch host {
	case "token.actions.githubusercontent.com":
		return map[string][]string{
			"sub":        {"repo:", "repository:", "repository_owner:", "repository_id:", "repository_owner_id:", "enterprise:"},
			"repository": {""}, "repository_id": {}, "repository_owner": {}, "repository_owner_id": {}, "enterprise": {},
			"enterprise_id": {},
		}, true
	case "gitlab.com":
		return map[string][]string{
			"sub": {"project_path:"}, "project_path": {""}, "namespace_path": {}, "namespace_id": {}, "project_id": {},
		}, true
	case "app.terraform.io":
		return map[string][]string{
			"sub": {"organization:"}, "terraform_organization_id": {}, "terraform_organization_name": {},
		}, true
	case "agent.buildkite.com":
		return map[string][]string{"sub": {"organization:"}, "organization_id": {}}, true
	case "api.pulumi.com/oidc":
		return map[string][]string{"sub": {"pulumi:deploy:org:", "pulumi:environments:org:"}, "aud": {}}, true
	case "oidc.vercel.com":
		return map[string][]string{"sub": {"owner:"}, "aud": {}}, true
	case "oidc.codefresh.io":
		return map[string][]string{"sub": {"account:"}}, true
	case "cognito-identity.amazonaws.com": // aud is the identity pool
		return map[string][]string{"aud": {}, "sub": {}}, true
	case "accounts.google.com":
		return map[string][]string{"aud": {}, "oaud": {}, "sub": {}}, true
	case "graph.facebook.com", "www.amazon.com":
		return map[string][]string{"app_id": {}, "sub": {}, "id": {}, "user_id": {}}, true
	}
	if strings.HasPrefix(host, "oidc.eks.") { // a cluster's own; the namespace is what to pin
		return map[string][]string{"sub": {"system:serviceaccount:"}}, false
	}
	return nil, false
}

// namesTenant tells whether a value has no wildcard before the end of the tenant's name.
func namesTenant(text string, starts []string) bool {
	if text == "" || text == "*" {
		return false
	}
	if !hasWildcard(text) && len(starts) == 0 {
		return true
	}
	for _, start := range starts {
		rest, ok := strings.CutPrefix(text, start)
		if !ok {
			continue
		}
		end := strings.IndexAny(rest, "/:*?")
		return end < 0 && rest != "" || end > 0 && rest[end] != '*' && rest[end] != '?'
	}
	return false
}
