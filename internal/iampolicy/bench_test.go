package iampolicy_test

import (
	"testing"

	"github.com/infraudit/infraudit/internal/iampolicy"
)

// A bucket policy as they are: logs from a service, a partner, TLS alone.
const bucketPolicy = `{"Version":"2012-10-17","Statement":[
	{"Sid":"TLS","Effect":"Deny","Principal":{"AWS":["*"]},"Action":["s3:*"],"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],"Condition":{"Bool":{"aws:securetransport":["false"]}}},
	{"Sid":"Logs","Effect":"Allow","Principal":{"Service":["logging.s3.amazonaws.com"]},"Action":["s3:putobject"],"Resource":["arn:aws:s3:::b/logs/*"],"Condition":{"StringEquals":{"aws:sourceaccount":["111122223333"]}}},
	{"Sid":"Partner","Effect":"Allow","Principal":{"AWS":["999988887777"]},"Action":["s3:getobject","s3:listbucket"],"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]}]}`

func BenchmarkBucketPolicy(b *testing.B) {
	doc := decode(b, bucketPolicy)
	b.Run("parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := iampolicy.Parse(doc); err != nil {
				b.Fatal(err)
			}
		}
	})
	p := parse(b, bucketPolicy)
	b.Run("public", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			p.Public(owner)
		}
	})
	b.Run("outside access", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			p.OutsideAccess(owner)
		}
	})
	b.Run("plain HTTP", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			p.DeniesInsecureTransport("s3:*", "arn:aws:s3:::b", "arn:aws:s3:::b/*")
		}
	})
}

func BenchmarkIdentity(b *testing.B) {
	id := identity(b, "", policy(allow(`"Action":["s3:Get*","s3:List*","ec2:Describe*","logs:*","iam:PassRole"],"Resource":"*"`)+`,`+
		allow(`"Action":["lambda:CreateFunction","lambda:InvokeFunction","dynamodb:*"],"Resource":"arn:aws:lambda:*:*:function:app-*"`)+`,`+
		deny(`"Action":"iam:*","Resource":"arn:aws:iam::*:role/admin"`)))
	b.Run("administrator", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			id.AllowsAdministrator()
		}
	})
	b.Run("escalation paths", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			id.EscalationPaths()
		}
	})
}
