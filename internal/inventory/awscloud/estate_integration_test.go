//go:build integration

package awscloud

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3control"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

// estate is an account that moto plays, with clients that fill it and list it.
type estate struct {
	endpoint string
	cfg      aws.Config
	http     *awshttp.BuildableClient
	iam      *iam.Client
	s3       *s3.Client
	rds      *rds.Client
	ec2      *ec2.Client
	control  *s3control.Client
}

func newEstate(t *testing.T, server *motoserver.Server) *estate {
	t.Helper()
	endpoint := server.Endpoint(t)
	at, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	// S3 Control puts the account's id before the host's name, and 123456789012.127.0.0.1 is no name.
	e := &estate{endpoint: endpoint, http: awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
		tr.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, at.Host)
		}
	})}
	account := e.open(t, nil)
	e.cfg = account.session(motoserver.Region).cfg
	e.cfg.HTTPClient = e.http // answers to what changes something may be empty, which those to readers are not
	e.iam, e.s3, e.rds = iam.NewFromConfig(e.cfg), s3.NewFromConfig(e.cfg), rds.NewFromConfig(e.cfg)
	e.ec2, e.control = ec2.NewFromConfig(e.cfg), s3control.NewFromConfig(e.cfg)
	return e
}

func (e *estate) open(t *testing.T, observe func(service, operation, region string)) *Account {
	t.Helper()
	account, err := Open(t.Context(), awsaccess.Options{
		Credentials: awsaccess.Credentials{Method: audit.AuthAccessKey, AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "secret"},
		Account:     motoserver.Account, HomeRegion: motoserver.Region, Endpoint: e.endpoint, HTTPClient: e.http,
		Limits: awsaccess.Limits{Attempts: 1, Rate: 1e6, Burst: 1e6}, Observe: observe, // what moto lacks it lacks at every attempt
	})
	if err != nil {
		t.Fatal(err)
	}
	return account
}

// plainConfig is for filling moto: it answers nothing at all where the services answer an empty object, which what
// we read with refuses.
func (e *estate) plainConfig() aws.Config {
	return aws.Config{Region: motoserver.Region, Credentials: e.cfg.Credentials, BaseEndpoint: aws.String(e.endpoint), HTTPClient: e.http}
}

// must fails the test when a call does.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
