package awscloud

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
)

// manySnapshots answers DescribeSnapshots in pages of a thousand. None is public.
type manySnapshots struct{ pages [][]byte }

func newManySnapshots(pages int) *manySnapshots {
	m := &manySnapshots{}
	for p := range pages {
		var b bytes.Buffer
		b.WriteString("<DescribeSnapshotsResponse><snapshotSet>")
		for i := range ec2PageSize {
			fmt.Fprintf(&b, `<item><snapshotId>snap-%08x%08x0</snapshotId><volumeId>vol-%017x</volumeId><status>completed</status>
<startTime>2026-01-02T03:04:05.000Z</startTime><completionTime>2026-01-02T03:14:05.000Z</completionTime><progress>100%%</progress>
<ownerId>123456789012</ownerId><volumeSize>100</volumeSize><description>Created by CreateImage</description><encrypted>true</encrypted>
<kmsKeyId>arn:aws:kms:eu-west-1:123456789012:key/1</kmsKeyId><storageTier>standard</storageTier>
<tagSet><item><key>Name</key><value>nightly</value></item><item><key>env</key><value>prod</value></item></tagSet></item>`, p, i, i)
		}
		b.WriteString("</snapshotSet>")
		if p < pages-1 {
			fmt.Fprintf(&b, "<nextToken>%d</nextToken>", p+1)
		}
		b.WriteString("</DescribeSnapshotsResponse>")
		m.pages = append(m.pages, b.Bytes())
	}
	return m
}

func (m *manySnapshots) Do(r *http.Request) (*http.Response, error) {
	asked, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(asked))
	if err != nil {
		return nil, err
	}
	page := 0
	_, _ = fmt.Sscan(form.Get("NextToken"), &page)
	body := m.pages[page]
	if form.Has("RestorableBy.1") {
		body = []byte("<DescribeSnapshotsResponse><snapshotSet/></DescribeSnapshotsResponse>")
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/xml"}},
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: r,
	}, nil
}

type counter struct{ n int }

func (c *counter) Emit(context.Context, *audit.Observation) error { c.n++; return nil }
func (c *counter) Done(string, string) bool                       { return false }

// BenchmarkSnapshots reads 10,000 snapshots, decoding the answers included.
func BenchmarkSnapshots(b *testing.B) {
	b.Setenv("AWS_CA_BUNDLE", "")
	m := newManySnapshots(10)
	account, err := Open(b.Context(), awsaccess.Options{
		Credentials: awsaccess.Credentials{Method: audit.AuthAccessKey, AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "secret"},
		Account:     testAccount, HomeRegion: "us-east-1", HTTPClient: m, Limits: awsaccess.Limits{Attempts: 1, Rate: 1e6, Burst: 1e6},
	})
	if err != nil {
		b.Fatal(err)
	}
	listing := listingOf(b, account, "ec2_snapshot")
	b.ReportAllocs()
	for b.Loop() {
		c := &counter{}
		if err := listing.Collect(b.Context(), c); err != nil || c.n != 10*ec2PageSize {
			b.Fatalf("%d snapshots, %v", c.n, err)
		}
	}
}

func listingOf(tb testing.TB, account *Account, resourceType string) inventory.Listing {
	tb.Helper()
	for _, service := range account.Services("eu-west-1") {
		for _, l := range service.Listings {
			if l.Types[0] == resourceType {
				return l
			}
		}
	}
	tb.Fatalf("no listing of %s", resourceType)
	return inventory.Listing{}
}
