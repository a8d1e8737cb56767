//go:build integration

package controltest

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

const day = 24 * time.Hour

func (w *world) iam() *iam.Client { return iam.NewFromConfig(w.cfg) }

// virtualMFA lists one virtual device, of the root user: moto's are of users.
func virtualMFA(w *world, serial string) string {
	if serial == "" {
		return "<ListVirtualMFADevicesResponse><ListVirtualMFADevicesResult><IsTruncated>false</IsTruncated><VirtualMFADevices/>" +
			"</ListVirtualMFADevicesResult></ListVirtualMFADevicesResponse>"
	}
	return fmt.Sprintf("<ListVirtualMFADevicesResponse><ListVirtualMFADevicesResult><IsTruncated>false</IsTruncated><VirtualMFADevices><member>"+
		"<SerialNumber>%s</SerialNumber><EnableDate>2024-05-01T10:00:00Z</EnableDate><User><UserId>123456789012</UserId><Arn>%s</Arn>"+
		"<CreateDate>2020-01-01T00:00:00Z</CreateDate></User></member></VirtualMFADevices></ListVirtualMFADevicesResult></ListVirtualMFADevicesResponse>",
		serial, w.root())
}

func rootRows() []row {
	summary := listing("IAM GetAccountSummary", "iam:GetAccountSummary")
	root := func(columns map[string]string) func(*testing.T, *world) {
		return func(_ *testing.T, w *world) { w.rootReport(columns) }
	}
	return []row{
		{
			rules: []string{"iam-root-no-access-keys"}, denied: []denial{summary},
			insecure: func(_ *testing.T, w *world) []string {
				w.summary(map[string]int{"AccountAccessKeysPresent": 1})
				return []string{w.root()}
			},
			secure: func(_ *testing.T, w *world) { w.summary(map[string]int{"AccountAccessKeysPresent": 0}) },
		},
		{
			rules: []string{"iam-root-mfa-enabled"}, denied: []denial{summary},
			insecure: func(_ *testing.T, w *world) []string { return []string{w.root()} }, // a new account has none
			secure:   func(_ *testing.T, w *world) { w.summary(map[string]int{"AccountMFAEnabled": 1}) },
		},
		{
			rules:  []string{"iam-root-hardware-mfa"},
			denied: []denial{summary, detail("IAM ListVirtualMFADevices", "iam:ListVirtualMFADevices")},
			insecure: func(_ *testing.T, w *world) []string {
				w.summary(map[string]int{"AccountMFAEnabled": 1})
				w.write("IAM ListVirtualMFADevices", virtualMFA(w, w.global("iam", "mfa/root-account-mfa-device")))
				return []string{w.root()}
			},
			secure: func(_ *testing.T, w *world) { w.write("IAM ListVirtualMFADevices", virtualMFA(w, "")) },
		},
		{
			rules:  []string{"iam-root-not-in-daily-use"},
			denied: []denial{detail("IAM GetCredentialReport", "iam:GetCredentialReport")},
			insecure: func(t *testing.T, w *world) []string {
				root(map[string]string{"password_last_used": time.Now().Add(-3 * day).UTC().Format(time.RFC3339)})(t, w)
				return []string{w.root()}
			},
			secure: root(map[string]string{"password_last_used": "2021-02-03T04:05:06+00:00"}),
		},
	}
}

func userRows() []row {
	report := detail("IAM GetCredentialReport", "iam:GetCredentialReport")
	ana := func(w *world) []string { return []string{w.global("iam", "user/ana")} }
	user := func(t *testing.T, w *world) {
		must(w.iam().CreateUser(t.Context(), &iam.CreateUserInput{UserName: new("ana")}))(t)
	}
	password := func(t *testing.T, w *world) {
		must(w.iam().CreateLoginProfile(t.Context(), &iam.CreateLoginProfileInput{UserName: new("ana"), Password: new("correct horse battery")}))(t)
	}
	key := func(t *testing.T, w *world) string {
		out := must(w.iam().CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{UserName: new("ana")}))(t)
		return *out.AccessKey.AccessKeyId
	}
	disable := func(t *testing.T, w *world) {
		must(w.iam().UpdateAccessKey(t.Context(), &iam.UpdateAccessKeyInput{
			UserName: new("ana"), AccessKeyId: new(w.state["key"]), Status: types.StatusTypeInactive,
		}))(t)
	}
	return []row{
		{
			rules: []string{"iam-user-console-mfa-enabled"}, denied: []denial{report},
			insecure: func(t *testing.T, w *world) []string {
				user(t, w)
				password(t, w)
				return ana(w)
			},
			secure: func(t *testing.T, w *world) {
				d := must(w.iam().CreateVirtualMFADevice(t.Context(), &iam.CreateVirtualMFADeviceInput{VirtualMFADeviceName: new("ana")}))(t)
				must(w.iam().EnableMFADevice(t.Context(), &iam.EnableMFADeviceInput{
					UserName: new("ana"), SerialNumber: d.VirtualMFADevice.SerialNumber,
					AuthenticationCode1: new("123456"), AuthenticationCode2: new("654321"),
				}))(t)
			},
		},
		{
			rules: []string{"iam-user-credentials-unused-45-days"}, denied: []denial{report}, ages: 46 * day, aged: 46 * day,
			insecure: func(t *testing.T, w *world) []string {
				user(t, w)
				w.state["key"] = key(t, w)
				return ana(w)
			},
			secure: disable,
		},
		{
			rules: []string{"iam-access-key-rotated-90-days"}, ages: 91 * day,
			denied: []denial{listing("IAM ListAccessKeys", "iam:ListAccessKeys")},
			insecure: func(t *testing.T, w *world) []string {
				user(t, w)
				return []string{w.global("iam", "access-key/ana/"+key(t, w))}
			},
			secure: func(*testing.T, *world) {}, // it is judged on the day it was made
		},
		{
			rules: []string{"iam-user-one-active-access-key"}, denied: []denial{report},
			insecure: func(t *testing.T, w *world) []string {
				user(t, w)
				w.state["key"] = key(t, w)
				key(t, w)
				return ana(w)
			},
			secure: disable,
		},
		{
			rules: []string{"iam-user-no-initial-access-key"}, denied: []denial{report, detail("IAM ListAccessKeys", "iam:ListAccessKeys")},
			insecure: func(t *testing.T, w *world) []string {
				user(t, w)
				password(t, w)
				w.state["key"] = key(t, w)
				return ana(w)
			},
			secure: disable,
		},
		{
			rules:  []string{"iam-password-policy-minimum-length", "iam-password-policy-reuse-prevention"},
			denied: []denial{listing("IAM GetAccountPasswordPolicy", "iam:GetAccountPasswordPolicy")},
			insecure: func(t *testing.T, w *world) []string {
				must(w.iam().UpdateAccountPasswordPolicy(t.Context(), &iam.UpdateAccountPasswordPolicyInput{
					MinimumPasswordLength: new(int32(8)), PasswordReusePrevention: new(int32(3)),
				}))(t)
				return []string{w.global("iam", "password-policy")}
			},
			secure: func(t *testing.T, w *world) {
				must(w.iam().UpdateAccountPasswordPolicy(t.Context(), &iam.UpdateAccountPasswordPolicyInput{
					MinimumPasswordLength: new(int32(14)), PasswordReusePrevention: new(int32(24)),
				}))(t)
			},
		},
		{
			rules:  []string{"iam-people-are-federated"},
			denied: []denial{report, detail("IAM ListSAMLProviders", "iam:ListSAMLProviders"), detail("IAM ListOpenIDConnectProviders", "iam:ListOpenIDConnectProviders")},
			insecure: func(t *testing.T, w *world) []string {
				user(t, w)
				password(t, w)
				return []string{w.root()}
			},
			secure: func(t *testing.T, w *world) {
				must(w.iam().CreateOpenIDConnectProvider(t.Context(), &iam.CreateOpenIDConnectProviderInput{
					Url: new("https://sso.example.com"), ThumbprintList: []string{"990f4193972f2becf12ddeda5237f9c952f20d9e"},
					ClientIDList: []string{"console"},
				}))(t)
			},
		},
	}
}
