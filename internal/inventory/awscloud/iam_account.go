package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
)

// collectIAMAccount emits the account itself, under the ARN of its root user: its alias, and as facts the account
// summary and the root user's row of the credential report.
func collectIAMAccount(ctx context.Context, s *session, out inventory.Emitter) error {
	api := iamClient(s)
	summary, err := api.GetAccountSummary(ctx, &iam.GetAccountSummaryInput{})
	if err != nil {
		return err
	}
	o := &audit.Observation{
		Type: "iam_account", ExternalID: s.arn("iam", "root"), Name: s.account,
		Config: object{},
		Facts:  object{"AccountSummary": summary.SummaryMap},
	}
	// An account has one alias at most: there is nothing to page.
	err = s.detail(ctx, o, []string{"AccountAlias"}, func(ctx context.Context) error {
		aliases, err := api.ListAccountAliases(ctx, &iam.ListAccountAliasesInput{})
		if err == nil && len(aliases.AccountAliases) > 0 {
			o.Config["AccountAlias"], o.Name = aliases.AccountAliases[0], aliases.AccountAliases[0]
		}
		return err
	})
	if err != nil {
		return err
	}
	r, err := credentialReport(ctx, s)
	if err := fatal(ctx, err); err != nil {
		return err
	}
	r.describe(o, err)
	return s.emit(ctx, out, o)
}

// passwordPolicyPaths are the attributes of a password policy.
var passwordPolicyPaths = []string{
	"AllowUsersToChangePassword", "HardExpiry", "MaxPasswordAge", "MinimumPasswordLength", "PasswordReusePrevention",
	"RequireLowercaseCharacters", "RequireNumbers", "RequireSymbols", "RequireUppercaseCharacters",
}

// collectPasswordPolicy emits the account's password policy, also where it has none: the resource is then there with
// nothing configured and the fact Configured false, so that removing a policy is a drift of what it said, and rules
// have something to judge.
func collectPasswordPolicy(ctx context.Context, s *session, out inventory.Emitter) error {
	o := &audit.Observation{
		Type: "iam_password_policy", ExternalID: s.arn("iam", "password-policy"), Name: s.account,
		Config: object{}, Facts: object{"Configured": false},
	}
	got, err := iamClient(s).GetAccountPasswordPolicy(ctx, &iam.GetAccountPasswordPolicyInput{})
	switch {
	case hasCode(err, noSuchEntity):
	case err != nil:
		return err
	case got.PasswordPolicy != nil:
		if p, ok := plain(got.PasswordPolicy).(object); ok {
			o.Config, o.Facts["Configured"] = p, true
		}
		delete(o.Config, "ExpirePasswords") // says whether MaxPasswordAge is there
	}
	return s.emit(ctx, out, o)
}
