package drift_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/drift"
	"github.com/infraudit/infraudit/internal/shape"
	"github.com/infraudit/infraudit/internal/shape/shapetest"
)

type m = map[string]any

func lookup(t testing.TB, typ string) *shape.Shape {
	t.Helper()
	sh, ok := awsShapes.Lookup(typ)
	if !ok {
		t.Fatalf("no shape for %s", typ)
	}
	return sh
}

func ingress(cidr string, from, to int) m {
	return m{"IpProtocol": "tcp", "CidrIp": cidr, "FromPort": from, "ToPort": to}
}

func policy(statements ...any) m { return m{"Version": "2012-10-17", "Statement": statements} }

func allow(sid, action string, more m) m {
	out := m{"Sid": sid, "Effect": "Allow", "Action": action, "Resource": "*"}
	maps.Copy(out, more)
	return out
}

func TestCompareAndGrade(t *testing.T) {
	type want struct {
		path     string
		kind     audit.ChangeKind
		severity audit.Severity
		summary  string
	}
	for name, test := range map[string]struct {
		typ           string
		before, after m
		want          []want
	}{
		"an open port is critical, and its summary reads like a firewall": {
			"ec2_security_group",
			m{"SecurityGroupIngress": []any{ingress("10.0.0.0/8", 443, 443)}},
			m{"SecurityGroupIngress": []any{ingress("10.0.0.0/8", 443, 443), ingress("0.0.0.0/0", 22, 22)}},
			[]want{{"SecurityGroupIngress", "modified", "critical", "SecurityGroupIngress: added tcp 22 from 0.0.0.0/0"}},
		},
		"closing one is high": {
			"ec2_security_group",
			m{"SecurityGroupIngress": []any{ingress("0.0.0.0/0", 8000, 8080)}},
			m{},
			[]want{{"SecurityGroupIngress", "removed", "high", "SecurityGroupIngress: removed tcp 8000-8080 from 0.0.0.0/0"}},
		},
		"all traffic, icmp and descriptions have their notation": {
			"ec2_security_group",
			m{},
			m{
				"SecurityGroupEgress": []any{m{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}},
				"SecurityGroupIngress": []any{m{
					"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1, "SourceSecurityGroupId": "sg-1", "Description": "ping",
				}},
			},
			[]want{
				{"SecurityGroupEgress", "added", "high", "SecurityGroupEgress: added all traffic to 0.0.0.0/0"},
				{"SecurityGroupIngress", "added", "high", `SecurityGroupIngress: added icmp type 8 from sg-1 "ping"`},
			},
		},
		"tags are compared one by one and are low": {
			"ec2_vpc",
			m{"Tags": []any{m{"Key": "env", "Value": "prod"}, m{"Key": "old", "Value": "1"}}},
			m{"Tags": []any{m{"Key": "new", "Value": "2"}, m{"Key": "env", "Value": "test"}}},
			[]want{
				{"Tags[env]", "modified", "low", "Tags[env] changed from prod to test"},
				{"Tags[new]", "added", "low", "Tags[new] added: 2"},
				{"Tags[old]", "removed", "low", "Tags[old] removed: it was 1"},
			},
		},
		"nested objects are compared leaf by leaf": {
			"ec2_instance",
			m{"MetadataOptions": m{"HttpTokens": "required", "HttpEndpoint": "enabled"}},
			m{"MetadataOptions": m{"HttpTokens": "optional", "HttpEndpoint": "enabled"}},
			[]want{{"MetadataOptions.HttpTokens", "modified", "high", "MetadataOptions.HttpTokens changed from required to optional"}},
		},
		"a public access block that goes is critical": {
			"s3_bucket",
			m{"PublicAccessBlockConfiguration": m{"BlockPublicAcls": true}},
			m{"PublicAccessBlockConfiguration": m{"BlockPublicAcls": false}},
			[]want{{
				"PublicAccessBlockConfiguration.BlockPublicAcls", "modified", "critical",
				"PublicAccessBlockConfiguration.BlockPublicAcls changed from true to false",
			}},
		},
		"a bucket policy that lets everyone in is critical": {
			"s3_bucket",
			m{},
			m{"AWS::S3::BucketPolicy": m{"PolicyDocument": policy(allow("All", "s3:GetObject", m{"Principal": "*"}))}},
			[]want{{
				"AWS::S3::BucketPolicy.PolicyDocument", "added", "critical",
				"AWS::S3::BucketPolicy.PolicyDocument: policy added: All (Allow s3:getobject on * to *)",
			}},
		},
		"changes of a policy are told by statement": {
			"iam_policy",
			m{"PolicyDocument": policy(allow("Read", "s3:Get*", nil), allow("Gone", "ec2:Describe*", nil))},
			m{"PolicyDocument": policy(allow("Read", "s3:List*", nil), allow("", "sqs:*", nil))},
			[]want{{
				"PolicyDocument", "modified", "high",
				"PolicyDocument: added Allow sqs:* on *; changed Read (Allow s3:list* on *); removed Gone (Allow ec2:describe* on *)",
			}},
		},
		"a policy that allows everything is critical, also embedded": {
			"iam_role",
			m{},
			m{"Policies": []any{m{"PolicyName": "admin", "PolicyDocument": policy(allow("", "*", nil))}}},
			[]want{{"Policies[admin]", "added", "critical", "Policies[admin] added: Allow * on *"}},
		},
		"an embedded policy is compared by its name": {
			"iam_role",
			m{"Policies": []any{m{"PolicyName": "a.b", "PolicyDocument": policy(allow("X", "s3:*", nil))}}},
			m{"Policies": []any{m{"PolicyName": "a.b", "PolicyDocument": policy(allow("X", "ec2:*", nil))}}},
			[]want{{
				"Policies[a.b].PolicyDocument", "modified", "high",
				"Policies[a.b].PolicyDocument: changed X (Allow ec2:* on *)",
			}},
		},
		"the administrator's policy is critical": {
			"iam_user",
			m{},
			m{"ManagedPolicyArns": []any{"arn:aws:iam::aws:policy/AdministratorAccess"}},
			[]want{{
				"ManagedPolicyArns", "added", "critical",
				"ManagedPolicyArns: added arn:aws:iam::aws:policy/AdministratorAccess",
			}},
		},
		"console access is a change of its own": {
			"iam_user",
			m{},
			m{"LoginProfile": m{}},
			[]want{{"LoginProfile", "added", "high", "LoginProfile added: {PasswordResetRequired: false}"}},
		},
		"a trail that stops is critical": {
			"cloudtrail_trail",
			m{"IsLogging": true},
			m{"IsLogging": false},
			[]want{{"IsLogging", "modified", "critical", "IsLogging changed from true to false"}},
		},
		"a public snapshot is critical": {
			"ec2_snapshot",
			m{},
			m{"CreateVolumePermissions": []any{m{"Group": "all"}}},
			[]want{{"CreateVolumePermissions", "added", "critical", "CreateVolumePermissions: added {Group: all}"}},
		},
		"a public database snapshot is critical": {
			"rds_snapshot",
			m{"DBSnapshotAttributes": []any{m{"AttributeName": "restore", "AttributeValues": []any{"123456789012"}}}},
			m{"DBSnapshotAttributes": []any{m{"AttributeName": "restore", "AttributeValues": []any{"123456789012", "all"}}}},
			[]want{{
				"DBSnapshotAttributes[restore].AttributeValues", "modified", "critical",
				"DBSnapshotAttributes[restore].AttributeValues: added all",
			}},
		},
		"a network ACL's entry reads like one": {
			"ec2_network_acl",
			m{},
			m{"AWS::EC2::NetworkAclEntry": []any{m{
				"RuleNumber": 100, "RuleAction": "allow", "Protocol": 6, "CidrBlock": "0.0.0.0/0",
				"PortRange": m{"From": 22, "To": 22}, "Egress": false,
			}}},
			[]want{{
				"AWS::EC2::NetworkAclEntry", "added", "high",
				"AWS::EC2::NetworkAclEntry: added ingress 100 allow tcp 22 from 0.0.0.0/0",
			}},
		},
		"a route reads like one": {
			"ec2_route_table",
			m{"AWS::EC2::Route": []any{m{"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1"}}},
			m{"AWS::EC2::Route": []any{m{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"}}},
			[]want{{
				"AWS::EC2::Route", "modified", "high",
				"AWS::EC2::Route: added 0.0.0.0/0 via igw-1; removed 0.0.0.0/0 via nat-1",
			}},
		},
		"ordered lists are compared by index": {
			"s3_bucket",
			m{"CorsConfiguration": m{"CorsRules": []any{m{"Id": "a", "MaxAge": 1}, m{"Id": "b"}}}},
			m{"CorsConfiguration": m{"CorsRules": []any{m{"Id": "a", "MaxAge": 2}}}},
			[]want{
				{"CorsConfiguration.CorsRules[0].MaxAge", "modified", "medium", "CorsConfiguration.CorsRules[0].MaxAge changed from 1 to 2"},
				{"CorsConfiguration.CorsRules[1]", "removed", "medium", "CorsConfiguration.CorsRules[1] removed: it was {Id: b}"},
			},
		},
		"a default that is spelled out is no change": {
			"kms_key", m{"Enabled": true, "Origin": "AWS_KMS"}, m{}, nil,
		},
		"a property that the shape no longer has is no change": {
			"ec2_vpc", m{"Retired": "x"}, m{}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got []want
			for _, c := range drift.Compare(lookup(t, test.typ), of(test.before), of(test.after)) {
				got = append(got, want{c.Path, c.Kind, drift.Grade(test.typ, c.Path, c), c.Summary})
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(want{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSwitchesAmongSecretsAreShown(t *testing.T) {
	sh := lookup(t, "glue_job")
	got := drift.Redact(sh, m{"DefaultArguments": m{"--enable-metrics": "true", "--password": "hunter2", "--truth": "truth"}})
	arguments, _ := got["DefaultArguments"].(m)
	for name, shown := range map[string]bool{"--enable-metrics": true, "--password": false, "--truth": false} {
		if digest := strings.HasPrefix(fmt.Sprint(arguments[name]), "sha256:"); digest == shown {
			t.Errorf("%s is %v", name, arguments[name])
		}
	}
}

func TestSecretsAreNeverShown(t *testing.T) {
	sh := lookup(t, "ec2_instance")
	before, after := m{"UserData": "hunter1"}, m{"UserData": "hunter2"}
	changes := drift.Compare(sh, of(before), of(after))
	if len(changes) != 1 {
		t.Fatalf("%+v", changes)
	}
	c := changes[0]
	for _, v := range []any{c.Expected, c.Actual, c.Summary, drift.Redact(sh, after)["UserData"]} {
		s := v.(string)
		if strings.Contains(s, "hunter") || !strings.Contains(s, "sha256:") {
			t.Errorf("shown as %q", s)
		}
	}
	if c.Expected == c.Actual {
		t.Error("different secrets look the same")
	}
}

func TestCompareLeavesItsArgumentsAlone(t *testing.T) {
	before := of(m{"SecurityGroupIngress": []any{ingress("10.0.0.0/8", 1, 2), ingress("10.0.0.0/8", 0, 2)}})
	before.Unread = map[string]audit.Unread{"Tags": {}}
	after := of(m{"Tags": []any{m{"Key": "a", "Value": "b"}}})
	wantBefore, wantAfter := shape.Clone(before.Config), shape.Clone(after.Config)
	drift.Compare(lookup(t, "ec2_security_group"), before, after)
	if diff := cmp.Diff([]any{wantBefore, wantAfter}, []any{before.Config, after.Config}); diff != "" {
		t.Error(diff)
	}
	if len(before.Unread) != 1 || len(after.Unread) != 0 {
		t.Error("unread paths changed")
	}
}

func TestFillBaseline(t *testing.T) {
	sh := lookup(t, "iam_role")
	inline := func(action string) m {
		return m{"PolicyName": "p", "PolicyDocument": policy(allow("", action, nil))}
	}
	denied := audit.Unread{Action: "iam:GetRolePolicy", Code: "AccessDenied"}
	for name, test := range map[string]struct {
		before, after  m
		unread, still  []string
		wantUnread     []string
		wantPolicies   bool
		wantFilled     bool
		wantNoChanges  bool
		wantDriftPaths []string
	}{
		"what was unread is taken over": {
			before: m{"Policies": []any{m{"PolicyName": "p"}}}, after: m{"Policies": []any{inline("s3:*")}},
			unread: []string{"Policies[p].PolicyDocument"}, wantFilled: true, wantPolicies: true,
		},
		"what is still unread stays so": {
			before: m{}, after: m{}, unread: []string{"Policies"}, still: []string{"Policies"}, wantUnread: []string{"Policies"},
		},
		"what is read in part is taken over in part": {
			before: m{}, after: m{"Policies": []any{m{"PolicyName": "p"}}},
			unread: []string{"Policies"}, still: []string{"Policies[p].PolicyDocument"},
			wantFilled: true, wantPolicies: true, wantUnread: []string{"Policies[p].PolicyDocument"},
		},
		"what turns out to be absent is absent": {
			before: m{}, after: m{}, unread: []string{"PermissionsBoundary"}, wantFilled: true,
		},
		"other differences stay drifts": {
			before: m{"Description": "a"}, after: m{"Description": "b", "Policies": []any{inline("s3:*")}},
			unread: []string{"Policies"}, wantFilled: true, wantPolicies: true, wantDriftPaths: []string{"Description"},
		},
		"an element that is gone can't be filled": {
			before: m{"Policies": []any{m{"PolicyName": "p"}}}, after: m{},
			unread: []string{"Policies[p].PolicyDocument"}, wantUnread: []string{"Policies[p].PolicyDocument"},
			wantPolicies: true, wantDriftPaths: []string{"Policies[p]"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			before, after := of(test.before), of(test.after)
			before.Unread, after.Unread = map[string]audit.Unread{}, map[string]audit.Unread{}
			for _, path := range test.unread {
				before.Unread[path] = denied
			}
			for _, path := range test.still {
				after.Unread[path] = denied
			}
			filled, ok := drift.FillBaseline(sh, before, after)
			if ok != test.wantFilled {
				t.Fatalf("filled: %v", ok)
			}
			want := map[string]audit.Unread(nil)
			for _, path := range test.wantUnread {
				if want == nil {
					want = map[string]audit.Unread{}
				}
				want[path] = denied
			}
			if diff := cmp.Diff(want, filled.Unread); diff != "" {
				t.Errorf("unread: %s", diff)
			}
			if _, has := filled.Config["Policies"]; has != test.wantPolicies {
				t.Errorf("policies: %v", has)
			}
			var paths []string
			for _, c := range drift.Compare(sh, filled, after) {
				paths = append(paths, c.Path)
			}
			if diff := cmp.Diff(test.wantDriftPaths, paths); diff != "" {
				t.Errorf("drifts: %s", diff)
			}
		})
	}
}

func BenchmarkCompare(b *testing.B) {
	sh := lookup(b, "ec2_security_group")
	var rules []any
	for i := range 30 {
		rules = append(rules, ingress("10.0.0.0/8", i, i))
	}
	before := m{"GroupName": "g", "GroupDescription": "d", "VpcId": "vpc-1", "SecurityGroupIngress": rules}
	_ = sh.Normalize(before)
	after := shapetest.Scramble(rand.New(rand.NewPCG(1, 1)), sh, before)
	b.ReportAllocs()
	for b.Loop() {
		drift.Compare(sh, of(before), of(after))
	}
}
