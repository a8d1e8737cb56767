package awscloud

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
)

func TestErrorsAreClassified(t *testing.T) {
	refused := func(status int, code string) func(playedCall) playedAnswer {
		return func(c playedCall) playedAnswer { return c.refusal(status, code, "planted-secret in a quoted request") }
	}
	for name, c := range map[string]struct {
		answer func(playedCall) playedAnswer
		kind   fault.Kind
		code   string
	}{
		"a policy that doesn't allow it is denied":              {refused(400, "AccessDeniedException"), fault.Denied, "AccessDeniedException"},
		"EC2's own word for denied":                             {refused(403, "UnauthorizedOperation"), fault.Denied, "UnauthorizedOperation"},
		"a service control policy is denied":                    {refused(403, "AuthorizationError"), fault.Denied, "AuthorizationError"},
		"an unknown code with status 403 is denied":             {refused(403, "SomethingNew"), fault.Denied, "SomethingNew"},
		"a token that ran out is expired":                       {refused(400, "ExpiredTokenException"), fault.Expired, "ExpiredTokenException"},
		"a key that AWS doesn't know is expired":                {refused(403, "InvalidClientTokenId"), fault.Expired, "InvalidClientTokenId"},
		"a client that AWS doesn't know is expired":             {refused(400, "UnrecognizedClientException"), fault.Expired, "UnrecognizedClientException"},
		"a signature that doesn't match is expired":             {refused(403, "SignatureDoesNotMatch"), fault.Expired, "SignatureDoesNotMatch"},
		"EC2's word for both is expired":                        {refused(401, "AuthFailure"), fault.Expired, "AuthFailure"},
		"too many requests are throttled":                       {refused(503, "RequestLimitExceeded"), fault.Throttled, "RequestLimitExceeded"},
		"too many requests of a JSON service are throttled":     {refused(400, "ThrottlingException"), fault.Throttled, "ThrottlingException"},
		"status 429 is throttled":                               {refused(429, "Whatever"), fault.Throttled, "Whatever"},
		"a service that isn't enabled is unsupported":           {refused(403, "OptInRequired"), fault.Unsupported, "OptInRequired"},
		"a service that isn't subscribed to is unsupported":     {refused(400, "SubscriptionRequiredException"), fault.Unsupported, "SubscriptionRequiredException"},
		"an operation that the region lacks is unsupported":     {refused(400, "InvalidAction"), fault.Unsupported, "InvalidAction"},
		"a server's fault may pass":                             {refused(500, "InternalError"), fault.Unavailable, "InternalError"},
		"an unknown code with status 503 may pass":              {refused(503, "Unheard"), fault.Unavailable, "Unheard"},
		"an unknown code with status 400 can't be used":         {refused(400, "InvalidParameterValue"), fault.Upstream, "InvalidParameterValue"},
		"an answer cut short can't be used":                     {always(`{"Keys":[{"KeyId":"12`), fault.Upstream, "MalformedAnswer"},
		"an answer of the wrong form can't be used":             {always(`{"Keys":"none"}`), fault.Upstream, "MalformedAnswer"},
		"an answer without anything can't be used":              {always(""), fault.Upstream, "MalformedAnswer"},
		"an answer that is null can't be used":                  {always("null"), fault.Upstream, "MalformedAnswer"},
		"an answer that is HTML can't be used":                  {always("<html>Sign in to the proxy</html>"), fault.Upstream, "MalformedAnswer"},
		"an error that is HTML is told by its status":           {func(playedCall) playedAnswer { return playedAnswer{status: 502, body: "<html>"} }, fault.Unavailable, "HTTP502"},
		"a connection that breaks may pass":                     {func(playedCall) playedAnswer { return playedAnswer{err: errNetwork} }, fault.Unavailable, "Network"},
		"a connection that is refused may pass":                 {func(playedCall) playedAnswer { return playedAnswer{err: &net.OpError{Op: "dial", Err: errNetwork}} }, fault.Unavailable, "Network"},
		"a network that doesn't answer takes too long":          {func(playedCall) playedAnswer { return playedAnswer{err: &net.DNSError{IsTimeout: true}} }, fault.Timeout, "Timeout"},
		"a name that doesn't resolve isn't taken for an answer": {func(playedCall) playedAnswer { return playedAnswer{err: &net.DNSError{IsNotFound: true}} }, fault.Unavailable, "NoEndpoint"},
	} {
		t.Run(name, func(t *testing.T) {
			a := openPlayed(t, keyOptions(&played{answer: c.answer}))
			_, err := kmsClient(a.session("eu-west-1")).ListKeys(t.Context(), &kms.ListKeysInput{})
			f := awsaccess.Classify(err)
			if f == nil || f.Kind != c.kind || c.code != "" && f.Code != c.code {
				t.Fatalf("%v: %+v", err, f)
			}
			if f.Action != "kms:ListKeys" {
				t.Errorf("action %q", f.Action)
			}
			if strings.Contains(f.Message, "planted") || f.Message == "" {
				t.Errorf("message %q", f.Message)
			}
			if again := awsaccess.Classify(errors.Join(err)); again.Kind != f.Kind {
				t.Errorf("wrapped, it is %s", again.Kind)
			}
		})
	}
}

func TestXMLErrorsAreClassified(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		kind fault.Kind
	}{
		"an answer cut short":         {"<DescribeRegionsResponse><regionInfo><item><regionName>eu-", fault.Upstream},
		"an answer that is no answer": {"Bad gateway, sorry", fault.Upstream},
		"an answer without anything":  {"", fault.Upstream},
		"a proxy's page":              {"<!DOCTYPE html>\n<html><body>Sign in</body></html>", fault.Upstream},
		"an answer of JSON":           {`{"regions":[]}`, fault.Upstream},
	} {
		t.Run(name, func(t *testing.T) {
			a := openPlayed(t, keyOptions(&played{answer: always(c.body)}))
			_, err := ec2.NewFromConfig(a.access.Config).DescribeRegions(t.Context(), &ec2.DescribeRegionsInput{})
			if f := awsaccess.Classify(err); f == nil || f.Kind != c.kind || f.Action != "ec2:DescribeRegions" {
				t.Errorf("%v: %+v", err, f)
			}
		})
	}
}

func TestARoleThatCanNoLongerBeAssumedIsNamed(t *testing.T) {
	isolate(t)
	p := &played{answer: func(c playedCall) playedAnswer { return c.refusal(403, "AccessDenied", "no") }}
	o := keyOptions(p)
	o.Base = staticBase
	o.Credentials = awsaccess.Credentials{Method: audit.AuthRole, RoleARN: testRole, ExternalID: "ours"}
	a, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	s := a.session("eu-west-1")
	_, err = kmsClient(s).ListKeys(t.Context(), &kms.ListKeysInput{})
	if f := awsaccess.Classify(err); f.Kind != fault.Denied || f.Action != "sts:AssumeRole" {
		t.Fatalf("%+v", f)
	}
	obs := &audit.Observation{}
	err = s.detail(t.Context(), obs, []string{"KeyPolicy"}, func(context.Context) error {
		_, err := kmsClient(s).ListKeys(t.Context(), &kms.ListKeysInput{})
		return err
	})
	if err == nil || len(obs.Unread) > 0 {
		t.Errorf("it passes for a refused attribute: %v, %v", err, obs.Unread)
	}
}

func TestEndsOfContexts(t *testing.T) {
	block := &played{answer: func(c playedCall) playedAnswer {
		<-c.ctx.Done()
		return playedAnswer{err: c.ctx.Err()}
	}}
	t.Run("a call that takes too long", func(t *testing.T) {
		o := keyOptions(block)
		o.Limits.Call = time.Millisecond
		a := openPlayed(t, o)
		_, err := kmsClient(a.session("eu-west-1")).ListKeys(t.Context(), &kms.ListKeysInput{})
		if f := awsaccess.Classify(err); f.Kind != fault.Timeout || f.Action != "kms:ListKeys" {
			t.Errorf("%+v", f)
		}
	})
	t.Run("a caller that gives up", func(t *testing.T) {
		a := openPlayed(t, keyOptions(block))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := kmsClient(a.session("eu-west-1")).ListKeys(ctx, &kms.ListKeysInput{})
		if f := awsaccess.Classify(err); f.Kind != fault.Cancelled {
			t.Errorf("%+v", f)
		}
	})
	t.Run("what is no call's error is left alone", func(t *testing.T) {
		if f := awsaccess.Classify(fault.New(fault.Conflict, "the store says so")); f.Kind != fault.Conflict {
			t.Errorf("%+v", f)
		}
		if f := awsaccess.Classify(errNetwork); f.Kind != fault.Internal || f.Action != "" {
			t.Errorf("%+v", f)
		}
		if f := awsaccess.Classify(nil); f != nil {
			t.Errorf("%+v", f)
		}
	})
}

func TestDetails(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		code   string
		unread string // code under which the attribute is unread
		kind   fault.Kind
		gone   bool
	}{
		"a refusal is unread":                    {400, "AccessDeniedException", "AccessDeniedException", "", false},
		"a throttled call is unread":             {400, "ThrottlingException", "ThrottlingException", "", false},
		"a server's fault is unread":             {500, "InternalError", "InternalError", "", false},
		"an absent configuration is no error":    {404, "NoSuchBucketPolicy", "", "", false},
		"a code that the caller names is absent": {400, "NotEnabledException", "", "", false},
		"a resource that vanished is gone":       {400, "NotFoundException", "", "", true},
		"an EC2 resource that vanished is gone":  {400, "InvalidSnapshot.NotFound", "", "", true},
		"expired credentials end the listing":    {400, "ExpiredTokenException", "", fault.Expired, false},
	} {
		t.Run(name, func(t *testing.T) {
			a := openPlayed(t, keyOptions(&played{answer: func(p playedCall) playedAnswer { return p.refusal(c.status, c.code, "") }}))
			s, o := a.session("eu-west-1"), &audit.Observation{}
			err := s.detail(t.Context(), o, []string{"KeyPolicy"}, func(ctx context.Context) error {
				_, err := kmsClient(s).GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: new("k")})
				return err
			}, "NotEnabledException")
			if errors.Is(err, errGone) != c.gone {
				t.Errorf("gone: %v", err)
			}
			if !c.gone && fault.KindOf(err) != c.kind {
				t.Errorf("error %v", err)
			}
			u := o.Unread["KeyPolicy"]
			if u.Code != c.unread || c.unread != "" && u.Action != "kms:GetKeyPolicy" {
				t.Errorf("unread: %+v", o.Unread)
			}
		})
	}
}
