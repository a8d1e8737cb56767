package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/secret"
)

// connectAWS are the flags of connect aws. Secrets come from files, the environment or a prompt.
type connectAWS struct {
	name, roleARN, accessKeyID, homeRegion, accountID string
	secretFile, sessionFile                           string
	defaultChain, fromEnv, wait                       bool
	resourceTypes                                     []string
}

func newConnectAWSCmd(a *app) *cobra.Command {
	var o connectAWS
	cmd := leaf("aws", "Connect an AWS account", `
infraudit provider role-template --account-id 123456789012 > role.yaml   # deploy it, then:
infraudit provider connect aws --role-arn arn:aws:iam::123456789012:role/InfraAuditReadOnly --wait
infraudit provider connect aws --access-key-id AKIAIOSFODNN7EXAMPLE      # asks for the secret
infraudit provider connect aws --from-env                                # AWS_ACCESS_KEY_ID and so on
infraudit provider connect aws --default-chain --name sandbox`,
		func(ctx context.Context, _ []string) error { return a.connectAWS(ctx, o) })
	cmd.Long = `Connect an AWS account. The credentials are tried before anything is stored; then the first sync starts.

Give one way in:
  --role-arn            a role that requires our external id (recommended; see role-template)
  --access-key-id       an access key; its secret is asked for, or read from --secret-access-key-file
  --from-env            the access key in AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN
  --default-chain   whatever the AWS SDK finds on the machine that runs the server`
	f := cmd.Flags()
	f.StringVar(&o.name, "name", "", "display name")
	f.StringVar(&o.roleARN, "role-arn", "", "ARN of the role to assume")
	f.StringVar(&o.accessKeyID, "access-key-id", "", "id of an access key")
	f.StringVar(&o.secretFile, "secret-access-key-file", "", "file with the access key's secret")
	f.StringVar(&o.sessionFile, "session-token-file", "", "file with a temporary access key's session token")
	f.BoolVar(&o.fromEnv, "from-env", false, "send the access key of this command's environment")
	f.BoolVar(&o.defaultChain, "default-chain", false, "use the credentials of the server's machine")
	f.StringVar(&o.homeRegion, "home-region", "", "region for account-wide calls")
	f.StringVar(&o.accountID, "account-id", "", "refuse credentials of any other account")
	resourceTypeFlag(cmd, &o.resourceTypes)
	f.BoolVar(&o.wait, "wait", false, "follow the first sync to its end; exit 1 if it fails")
	cmd.MarkFlagsMutuallyExclusive("role-arn", "access-key-id", "from-env", "default-chain")
	cmd.MarkFlagsOneRequired("role-arn", "access-key-id", "from-env", "default-chain")
	return cmd
}

func (a *app) connectAWS(ctx context.Context, o connectAWS) error {
	body := map[string]any{}
	set := func(name, value string) {
		if value != "" {
			body[name] = value
		}
	}
	set("name", o.name)
	set("role_arn", o.roleARN)
	set("home_region", o.homeRegion)
	set("account_id", o.accountID)
	if len(o.resourceTypes) > 0 {
		body["resource_types"] = o.resourceTypes
	}
	if o.defaultChain {
		body["use_default_chain"] = true
	}
	switch {
	case o.fromEnv:
		for field, env := range map[string]string{
			"access_key_id": "AWS_ACCESS_KEY_ID", "secret_access_key": "AWS_SECRET_ACCESS_KEY",
			"session_token": "AWS_SESSION_TOKEN",
		} {
			set(field, os.Getenv(env))
		}
		if body["access_key_id"] == nil || body["secret_access_key"] == nil {
			return errors.New("--from-env: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set")
		}
	case o.accessKeyID != "":
		key, err := a.readSecret("secret access key", o.secretFile)
		if err != nil {
			return err
		}
		set("access_key_id", o.accessKeyID)
		set("secret_access_key", key.Reveal())
		if o.sessionFile != "" || strings.HasPrefix(o.accessKeyID, "ASIA") {
			token, err := a.readSecret("session token", o.sessionFile)
			if err != nil {
				return err
			}
			set("session_token", token.Reveal())
		}
	}

	c, s, err := a.client()
	if err != nil {
		return err
	}
	item, err := c.do(ctx, http.MethodPost, "/providers/aws/connect", nil, body)
	if err != nil {
		return err
	}
	var made struct {
		Provider    json.RawMessage `json:"provider"`
		ExecutionID string          `json:"execution_id"`
	}
	if err := json.Unmarshal(item, &made); err != nil {
		return fmt.Errorf("the server's answer can't be read: %w", err)
	}
	if !o.wait {
		a.note("the first sync runs; follow it with: infraudit execution get %s --wait", made.ExecutionID)
		return printOne(a, s.output, made.Provider, providerColumns())
	}
	e, _, err := a.follow(ctx, c, made.ExecutionID)
	if err != nil {
		return err
	}
	var p audit.Provider
	if err := json.Unmarshal(made.Provider, &p); err != nil {
		return fmt.Errorf("the server's answer can't be read: %w", err)
	}
	if err := showOne(ctx, a, http.MethodGet, at("/providers/%s", p.ID), nil, nil, providerColumns()); err != nil {
		return err
	}
	return a.verdict(e)
}

// maxSecret bounds what is read as a secret, in bytes.
const maxSecret = 16 << 10

// readSecret reads a secret from a file, by a prompt that doesn't echo, or, without a terminal, from standard input,
// one a line.
func (a *app) readSecret(what, file string) (secret.String, error) {
	var raw []byte
	var err error
	switch {
	case file != "":
		raw, err = os.ReadFile(file)
	case a.prompt:
		fmt.Fprintf(a.err, "%s: ", what)
		raw, err = term.ReadPassword(int(os.Stdin.Fd()))
		fmt.Fprintln(a.err)
	default:
		raw, err = readLine(a.in)
	}
	if err != nil {
		return secret.String{}, fmt.Errorf("%s: %w", what, err)
	}
	value := strings.TrimSpace(string(raw))
	if value == "" {
		return secret.String{}, fmt.Errorf("%s: nothing was given", what)
	}
	return secret.NewString(value), nil
}

// readLine reads to the end of a line and no further, so that a second secret can follow.
func readLine(r io.Reader) ([]byte, error) {
	var line []byte
	var b [1]byte
	for len(line) < maxSecret {
		n, err := r.Read(b[:])
		if n == 1 && b[0] == '\n' || errors.Is(err, io.EOF) {
			return line, nil
		}
		if err != nil {
			return nil, err
		}
		line = append(line, b[:n]...)
	}
	return nil, errors.New("is too long")
}
