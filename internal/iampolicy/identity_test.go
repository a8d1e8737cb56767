package iampolicy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/iampolicy"
)

// allow and deny are statements of an identity-based policy.
func allow(elements string) string { return `{"Effect":"Allow",` + elements + `}` }
func deny(elements string) string  { return `{"Effect":"Deny",` + elements + `}` }

const (
	everything = `"Action":"*","Resource":"*"`
	mfa        = `,"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`
	noMFA      = `,"Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}`
)

func TestWhoIsAdministrator(t *testing.T) {
	for name, test := range map[string]struct {
		docs     []string
		boundary string
		want     iampolicy.Verdict
	}{
		"nobody":                                {nil, "", iampolicy.No},
		"everything on everything":              {[]string{policy(allow(everything))}, "", iampolicy.Yes},
		"every action of every service":         {[]string{policy(allow(`"Action":"*:*","Resource":"*"`))}, "", iampolicy.Yes},
		"stars in a row":                        {[]string{policy(allow(`"Action":"***","Resource":"**"`))}, "", iampolicy.Yes},
		"stars in disguise":                     {[]string{policy(allow(`"Action":"?*:*?","Resource":"?*"`))}, "", iampolicy.Yes},
		"every ARN":                             {[]string{policy(allow(`"Action":"*","Resource":"arn:aws:*:*:*:*"`))}, "", iampolicy.Yes},
		"every ARN, in short":                   {[]string{policy(allow(`"Action":"*","Resource":"arn:*"`))}, "", iampolicy.Yes},
		"every ARN in China":                    {[]string{policy(allow(`"Action":"*","Resource":"arn:aws-cn:*"`))}, "", iampolicy.Yes},
		"everything beside a user's own":        {[]string{policy(allow(`"Action":"*","Resource":["*","arn:aws:s3:::b/${aws:username}"]`))}, "", iampolicy.Yes},
		"one among harmless statements":         {[]string{policy(allow(`"Action":"s3:GetObject","Resource":"*"`)), policy(deny(`"Action":"s3:*","Resource":"*"`) + `,` + allow(everything))}, "", iampolicy.Yes},
		"all but a service":                     {[]string{policy(allow(`"NotAction":"s3:*","Resource":"*"`))}, "", iampolicy.Yes},
		"all but some resources":                {[]string{policy(allow(`"Action":"*","NotResource":"arn:aws:s3:::b/*"`))}, "", iampolicy.Yes},
		"all but IAM":                           {[]string{policy(allow(`"NotAction":["iam:*","organizations:*"],"Resource":"*"`))}, "", iampolicy.No},
		"all but IAM, and IAM":                  {[]string{policy(allow(`"NotAction":["iam:*"],"Resource":"*"`)), policy(allow(`"Action":"iam:*","Resource":"*"`))}, "", iampolicy.Yes},
		"all but all":                           {[]string{policy(allow(`"NotAction":"*","Resource":"*"`))}, "", iampolicy.No},
		"one service":                           {[]string{policy(allow(`"Action":"s3:*","Resource":"*"`))}, "", iampolicy.No},
		"IAM alone":                             {[]string{policy(allow(`"Action":"iam:*","Resource":"*"`))}, "", iampolicy.No},
		"on one resource":                       {[]string{policy(allow(`"Action":"*","Resource":"arn:aws:s3:::b"`))}, "", iampolicy.No},
		"on one service's resources":            {[]string{policy(allow(`"Action":"*","Resource":"arn:aws:s3:::*"`))}, "", iampolicy.No},
		"with a second factor":                  {[]string{policy(allow(everything + mfa))}, "", iampolicy.Conditional},
		"denied everything":                     {[]string{policy(allow(everything)), policy(deny(everything))}, "", iampolicy.No},
		"denied IAM":                            {[]string{policy(allow(everything) + `,` + deny(`"Action":"iam:*","Resource":"*"`))}, "", iampolicy.No},
		"denied all but S3":                     {[]string{policy(allow(everything) + `,` + deny(`"NotAction":"s3:*","Resource":"*"`))}, "", iampolicy.No},
		"denied one way of many":                {[]string{policy(allow(everything) + `,` + deny(`"Action":"iam:CreatePolicyVersion","Resource":"*"`))}, "", iampolicy.Yes},
		"denied in other regions":               {[]string{policy(allow(everything) + `,` + deny(`"NotAction":"iam:*","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}}`))}, "", iampolicy.Yes},
		"denied without a second factor":        {[]string{policy(allow(everything) + `,` + deny(everything+noMFA))}, "", iampolicy.Yes},
		"within a boundary of one service":      {[]string{policy(allow(everything))}, policy(allow(`"Action":"s3:*","Resource":"*"`)), iampolicy.No},
		"within a boundary without IAM":         {[]string{policy(allow(everything))}, policy(allow(everything) + `,` + deny(`"Action":"iam:*","Resource":"*"`)), iampolicy.No},
		"within a boundary that allows nothing": {[]string{policy(allow(everything))}, `{"Version":"2012-10-17"}`, iampolicy.No},
		"within a boundary without bounds":      {[]string{policy(allow(everything))}, policy(allow(everything)), iampolicy.Yes},
		"within one with a condition":           {[]string{policy(allow(everything))}, policy(allow(everything + mfa)), iampolicy.Conditional},
	} {
		t.Run(name, func(t *testing.T) {
			d := identity(t, test.boundary, test.docs...).AllowsAdministrator()
			if d.Verdict != test.want || (d.Verdict != iampolicy.No) != (len(d.Because) > 0) {
				t.Errorf("%v", d)
			}
		})
	}
}

func TestWhatIsAllowed(t *testing.T) {
	const object = "arn:aws:s3:::b/x"
	for name, test := range map[string]struct {
		statements       string
		action, resource string
		want             iampolicy.Verdict
	}{
		"what is named":                        {allow(`"Action":"s3:GetObject","Resource":"` + object + `"`), "s3:getobject", object, iampolicy.Yes},
		"in another case":                      {allow(`"Action":"S3:getOBJECT","Resource":"*"`), "s3:GetObject", object, iampolicy.Yes},
		"what a star covers":                   {allow(`"Action":"s3:Get*","Resource":"arn:aws:s3:::b/*"`), "s3:GetObject", object, iampolicy.Yes},
		"what a question mark covers":          {allow(`"Action":"s3:GetObjec?","Resource":"arn:aws:s3:::?/x"`), "s3:GetObject", object, iampolicy.Yes},
		"another action":                       {allow(`"Action":"s3:PutObject","Resource":"*"`), "s3:GetObject", object, iampolicy.No},
		"another resource":                     {allow(`"Action":"s3:*","Resource":"arn:aws:s3:::c/*"`), "s3:GetObject", object, iampolicy.No},
		"a resource in another case":           {allow(`"Action":"s3:*","Resource":"arn:aws:s3:::B/*"`), "s3:GetObject", object, iampolicy.No},
		"a star that stops at the colon":       {allow(`"Action":"lambda:*","Resource":"arn:aws:lam*da:us-east-1:111122223333:function:x"`), "lambda:InvokeFunction", "arn:aws:lam:x:da:us-east-1:111122223333:function:x", iampolicy.Conditional},
		"a star that goes beyond the colon":    {allow(`"Action":"lambda:*","Resource":"arn:aws:lambda*"`), "lambda:InvokeFunction", "arn:aws:lambda:us-east-1:111122223333:function:x", iampolicy.Yes},
		"under a condition":                    {allow(`"Action":"s3:*","Resource":"*"` + mfa), "s3:GetObject", object, iampolicy.Conditional},
		"under a condition and without":        {allow(`"Action":"s3:*","Resource":"*"`+mfa) + `,` + allow(`"Action":"s3:GetObject","Resource":"*"`), "s3:GetObject", object, iampolicy.Yes},
		"what a variable decides":              {allow(`"Action":"s3:*","Resource":"arn:aws:s3:::b/${aws:username}"`), "s3:GetObject", object, iampolicy.Conditional},
		"a star that is meant":                 {allow(`"Action":"s3:*","Resource":"arn:aws:s3:::b/${*}"`), "s3:GetObject", object, iampolicy.No},
		"all but others":                       {allow(`"NotAction":"s3:Put*","NotResource":"arn:aws:s3:::c/*"`), "s3:GetObject", object, iampolicy.Yes},
		"all but this":                         {allow(`"NotAction":"s3:Get*","Resource":"*"`), "s3:GetObject", object, iampolicy.No},
		"all resources but this":               {allow(`"Action":"s3:*","NotResource":"arn:aws:s3:::b/*"`), "s3:GetObject", object, iampolicy.No},
		"denied":                               {allow(everything) + `,` + deny(`"Action":"s3:Get*","Resource":"arn:aws:s3:::b/*"`), "s3:GetObject", object, iampolicy.No},
		"denied first":                         {deny(`"Action":"s3:Get*","Resource":"*"`) + `,` + allow(everything), "s3:GetObject", object, iampolicy.No},
		"denied by exclusion":                  {allow(everything) + `,` + deny(`"NotAction":"ec2:*","Resource":"*"`), "s3:GetObject", object, iampolicy.No},
		"denied under a condition":             {allow(everything) + `,` + deny(everything+noMFA), "s3:GetObject", object, iampolicy.Conditional},
		"denied elsewhere":                     {allow(everything) + `,` + deny(`"Action":"s3:*","Resource":"arn:aws:s3:::c/*"`), "s3:GetObject", object, iampolicy.Yes},
		"denied on a variable":                 {allow(everything) + `,` + deny(`"Action":"s3:*","NotResource":"arn:aws:s3:::${aws:username}/*"`), "s3:GetObject", object, iampolicy.Yes},
		"every action, of which one is":        {allow(`"Action":"s3:GetObject","Resource":"*"`), "s3:*", "*", iampolicy.Conditional},
		"every resource, of which one is":      {allow(`"Action":"kms:Decrypt","Resource":"arn:aws:kms:us-east-1:111122223333:key/1"`), "kms:Decrypt", "*", iampolicy.Conditional},
		"every key":                            {allow(`"Action":"kms:*","Resource":"arn:aws:kms:*:111122223333:key/*"`), "kms:Decrypt", "arn:aws:kms:us-east-1:111122223333:key/*", iampolicy.Yes},
		"every action, some of which denied":   {allow(everything) + `,` + deny(`"Action":"s3:PutObject","Resource":"*"`), "s3:*", "*", iampolicy.Conditional},
		"every resource, some of which denied": {allow(everything) + `,` + deny(`"Action":"s3:*","Resource":"arn:aws:s3:::c/*"`), "s3:*", "*", iampolicy.Conditional},
	} {
		t.Run(name, func(t *testing.T) {
			if d := identity(t, "", policy(test.statements)).Allows(test.action, test.resource); d.Verdict != test.want {
				t.Errorf("%v", d)
			}
		})
	}
}

func TestFullServices(t *testing.T) {
	for name, test := range map[string]struct {
		statements string
		want       iampolicy.Verdict
	}{
		"everything":                 {allow(everything), iampolicy.Yes},
		"the service":                {allow(`"Action":"s3:*","Resource":"*"`), iampolicy.Yes},
		"on all its resources":       {allow(`"Action":"s3:*","Resource":"arn:aws:s3:::*"`), iampolicy.Yes},
		"on a bucket":                {allow(`"Action":"s3:*","Resource":"arn:aws:s3:::b"`), iampolicy.Conditional},
		"reading":                    {allow(`"Action":["s3:Get*","s3:List*"],"Resource":"*"`), iampolicy.Conditional},
		"on another's resources":     {allow(`"Action":"s3:*","Resource":"arn:aws:sqs:*:*:*"`), iampolicy.No},
		"another service":            {allow(`"Action":"s3-object-lambda:*","Resource":"*"`), iampolicy.No},
		"denied":                     {allow(everything) + `,` + deny(`"Action":"s3*","Resource":"*"`), iampolicy.No},
		"all but another service":    {allow(`"NotAction":"ec2:*","Resource":"*"`), iampolicy.Yes},
		"all but some of its action": {allow(`"NotAction":"s3:Delete*","Resource":"*"`), iampolicy.Conditional},
	} {
		t.Run(name, func(t *testing.T) {
			if d := identity(t, "", policy(test.statements)).AllowsFullService("S3"); d.Verdict != test.want {
				t.Errorf("%v", d)
			}
		})
	}
}

func TestEscalationPaths(t *testing.T) {
	const lambda = `,"Condition":{"StringEquals":{"iam:PassedToService":"lambda.amazonaws.com"}}`
	for name, test := range map[string]struct {
		statements string
		want       []string // methods; with "?" those under conditions
	}{
		"reading":                          {allow(`"Action":["iam:Get*","iam:List*","s3:*"],"Resource":"*"`), nil},
		"a policy's version":               {allow(`"Action":"iam:CreatePolicyVersion","Resource":"*"`), []string{"iam:CreatePolicyVersion"}},
		"every policy of the account":      {allow(`"Action":"iam:CreatePolicyVersion","Resource":"arn:aws:iam::111122223333:policy/*"`), []string{"iam:CreatePolicyVersion"}},
		"one policy":                       {allow(`"Action":"iam:CreatePolicyVersion","Resource":"arn:aws:iam::111122223333:policy/x"`), []string{"iam:CreatePolicyVersion?"}},
		"no policy at all":                 {allow(`"Action":"iam:CreatePolicyVersion","Resource":"arn:aws:iam::111122223333:role/*"`), nil},
		"with a wildcard":                  {allow(`"Action":"iam:*RolePolicy","Resource":"*"`), []string{"iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"}},
		"with a second factor":             {allow(`"Action":"iam:PutUserPolicy","Resource":"*"` + mfa), []string{"iam:PutUserPolicy?"}},
		"keys of one's own":                {allow(`"Action":["iam:CreateAccessKey","iam:UpdateLoginProfile"],"Resource":"arn:aws:iam::*:user/${aws:username}"`), nil},
		"keys of others":                   {allow(`"Action":"iam:CreateAccessKey","Resource":"arn:aws:iam::*:user/*"`), []string{"iam:CreateAccessKey"}},
		"policies of one's own":            {allow(`"Action":"iam:AttachUserPolicy","Resource":"arn:aws:iam::*:user/${aws:username}"`), []string{"iam:AttachUserPolicy?"}},
		"denied":                           {allow(`"Action":"iam:*UserPolicy","Resource":"*"`) + `,` + deny(`"Action":"iam:Put*","Resource":"*"`), []string{"iam:AttachUserPolicy"}},
		"denied for one user":              {allow(`"Action":"iam:PutUserPolicy","Resource":"*"`) + `,` + deny(`"Action":"iam:*","Resource":"arn:aws:iam::111122223333:user/root"`), []string{"iam:PutUserPolicy"}},
		"denied for every user":            {allow(`"Action":"iam:PutUserPolicy","Resource":"*"`) + `,` + deny(`"Action":"iam:*","Resource":"arn:aws:iam::*:user/*"`), nil},
		"denied without a second factor":   {allow(`"Action":"iam:PutUserPolicy","Resource":"*"`) + `,` + deny(everything+noMFA), []string{"iam:PutUserPolicy"}},
		"passing a role alone":             {allow(`"Action":"iam:PassRole","Resource":"*"`), nil},
		"starting instances alone":         {allow(`"Action":"ec2:RunInstances","Resource":"*"`), nil},
		"a role to an instance":            {allow(`"Action":["iam:PassRole","ec2:RunInstances"],"Resource":"*"`), []string{"iam:PassRole+ec2:RunInstances"}},
		"one role to an instance":          {allow(`"Action":"ec2:RunInstances","Resource":"*"`) + `,` + allow(`"Action":"iam:PassRole","Resource":"arn:aws:iam::111122223333:role/web"`), []string{"iam:PassRole+ec2:RunInstances?"}},
		"a role to Lambda, by instances":   {allow(`"Action":"ec2:RunInstances","Resource":"*"`) + `,` + allow(`"Action":"iam:PassRole","Resource":"*"`+lambda), nil},
		"a role to Lambda":                 {allow(`"Action":["lambda:CreateFunction","lambda:InvokeFunction"],"Resource":"*"`) + `,` + allow(`"Action":"iam:PassRole","Resource":"*"`+lambda), []string{"iam:PassRole+lambda:CreateFunction+lambda:InvokeFunction"}},
		"a role to a function not called":  {allow(`"Action":["lambda:CreateFunction","iam:PassRole"],"Resource":"*"`), nil},
		"all but IAM":                      {allow(`"NotAction":["iam:*","sts:*","lambda:*","glue:*","ec2*:*","ssm:*","s[ao]*","states:*","ecs:*","codebuild:*","sagemaker:*","cloudformation:*","sso:*","bedrock*:*"],"Resource":"*"`), nil},
		"all but what doesn't matter":      {allow(`"NotAction":["iam:*","sts:*","glue:*","ec2*:*","ssm:*","states:*","ecs:*","codebuild:*","sagemaker:*","cloudformation:*","sso:*","bedrock*:*"],"Resource":"*"`), []string{"lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration"}},
		"functions that begin so":          {allow(`"Action":"lambda:UpdateFunctionCode","Resource":"arn:aws:lambda:*:*:function:app-*"`), []string{"lambda:UpdateFunctionCode?"}},
		"sessions on instances":            {allow(`"Action":"ssm:StartSession","Resource":"arn:aws:ec2:*:*:instance/*"`), []string{"ssm:StartSession"}},
		"a boundary that isn't there":      {allow(`"Action":"iam:DeleteUserPermissionsBoundary","Resource":"*"`), nil},
		"roles that trust the account":     {allow(`"Action":"sts:AssumeRole","Resource":"*"`), []string{"sts:AssumeRole"}},
		"roles in another account":         {allow(`"Action":"sts:AssumeRole","Resource":"arn:aws:iam::999988887777:role/deploy"`), []string{"sts:AssumeRole?"}},
		"roles but for one that is left":   {allow(`"Action":"iam:UpdateAssumeRolePolicy","NotResource":"arn:aws:iam::*:role/admin"`), []string{"iam:UpdateAssumeRolePolicy?"}},
		"roles where users are left alone": {allow(`"Action":"iam:UpdateAssumeRolePolicy","NotResource":"arn:aws:iam::*:user/*"`), []string{"iam:UpdateAssumeRolePolicy"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, p := range identity(t, "", policy(test.statements)).EscalationPaths() {
				if p.Verdict == iampolicy.Conditional {
					p.Method += "?"
				}
				got = append(got, p.Method)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestABoundaryCanBeLifted(t *testing.T) {
	id := identity(t, policy(allow(everything)), policy(allow(`"Action":"iam:DeleteRolePermissionsBoundary","Resource":"*"`)))
	if paths := id.EscalationPaths(); len(paths) != 1 || paths[0].Method != "iam:DeleteRolePermissionsBoundary" {
		t.Errorf("%v", paths)
	}
	id = identity(t, policy(allow(`"Action":"s3:*","Resource":"*"`)), policy(allow(everything)))
	if paths := id.EscalationPaths(); len(paths) != 0 {
		t.Errorf("beyond the boundary: %v", paths)
	}
}

func TestAnAdministratorHasEveryPath(t *testing.T) {
	paths := identity(t, policy(allow(everything)), policy(allow(everything))).EscalationPaths()
	if len(paths) < 60 {
		t.Errorf("%d paths", len(paths))
	}
	seen := map[string]bool{}
	for _, p := range paths {
		if seen[p.Method] || p.Title == "" || p.Verdict != iampolicy.Yes || !strings.Contains(p.String(), "a Statement[0]") {
			t.Errorf("%v", p)
		}
		seen[p.Method] = true
	}
}

func TestWildcardActions(t *testing.T) {
	id := identity(t, "", policy(
		allow(`"Sid":"S","Action":["s3:*","s3:GetObject","ec2:Describe*","*"],"Resource":"*"`)+`,`+
			allow(`"NotAction":["iam:*","sts:*"],"Resource":"arn:aws:s3:::b"`)+`,`+
			deny(`"Action":"ec2:*","Resource":"*"`)))
	var got []string
	for _, w := range id.WildcardActions() {
		text := w.String()
		if w.Full() {
			text += ", in full"
		}
		got = append(got, text)
	}
	slices.Sort(got)
	want := []string{
		"a Statement[0] (S) allows * on every resource, in full",
		"a Statement[0] (S) allows s3:* on every resource, in full",
		"a Statement[1] allows everything but iam:*, sts:*",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDecisionsExplainThemselves(t *testing.T) {
	id := identity(t, "", policy(allow(`"Sid":"All",`+everything)+`,`+deny(`"Sid":"MFA",`+everything+noMFA)))
	const want = "yes: a Statement[0] (All), limited by a Statement[1] (MFA)"
	if got := id.AllowsAdministrator().String(); got != want {
		t.Errorf("%s\n%s", got, want)
	}
}
