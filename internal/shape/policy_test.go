package shape_test

import (
	"encoding/json"
	"net/url"
	"reflect"
	"testing"

	"github.com/infraudit/infraudit/internal/shape"
)

func TestPoliciesThatMeanTheSameAreTheSame(t *testing.T) {
	for name, pair := range map[string][2]string{
		"one statement or a list of one": {
			`{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`,
			`{"Statement":[{"Effect":"Allow","Action":["s3:*"],"Resource":["*"]}]}`,
		},
		"a missing version is the oldest": {
			`{"Statement":[]}`, `{"Version":"2008-10-17"}`,
		},
		"the order of statements": {
			`{"Statement":[{"Sid":"A","Effect":"Deny"},{"Sid":"B","Effect":"Allow"}]}`,
			`{"Statement":[{"Sid":"B","Effect":"Allow"},{"Sid":"A","Effect":"Deny"}]}`,
		},
		"the order and case of actions": {
			`{"Statement":[{"Action":["s3:GetObject","EC2:runInstances"]}]}`,
			`{"Statement":[{"Action":["ec2:RunInstances","S3:getobject","s3:GetObject"]}]}`,
		},
		"an account is its root": {
			`{"Statement":[{"Principal":{"AWS":"123456789012"}}]}`,
			`{"Statement":[{"Principal":{"AWS":["arn:aws:iam::123456789012:root"]}}]}`,
		},
		"everyone is every AWS principal": {
			`{"Statement":[{"Principal":"*"}]}`, `{"Statement":[{"Principal":{"AWS":["*"]}}]}`,
		},
		"conditions of booleans, numbers and text": {
			`{"Statement":[{"Condition":{"Bool":{"aws:SecureTransport":false},"NumericLessThan":{"aws:MultiFactorAuthAge":3600}}}]}`,
			`{"Statement":[{"Condition":{"NumericLessThan":{"aws:multifactorauthage":["3600"]},"Bool":{"aws:securetransport":"false"}}}]}`,
		},
		"an empty condition, Sid or Id": {
			`{"Id":"","Statement":[{"Sid":"","Effect":"Allow","Condition":{}}]}`, `{"Statement":[{"Effect":"Allow"}]}`,
		},
		"URL encoding": {
			url.PathEscape(`{"Statement":[{"Resource":"arn:aws:s3:::a+b/*"}]}`), `{"Statement":[{"Resource":"arn:aws:s3:::a+b/*"}]}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if a, b := normalize(t, pair[0]), normalize(t, pair[1]); a != b {
				t.Errorf("%s\n%s", a, b)
			}
		})
	}
}

func TestPoliciesThatDifferStayDifferent(t *testing.T) {
	for name, pair := range map[string][2]string{
		"effects":                       {`{"Statement":[{"Effect":"Allow"}]}`, `{"Statement":[{"Effect":"Deny"}]}`},
		"the case of resources":         {`{"Statement":[{"Resource":"arn:aws:s3:::a"}]}`, `{"Statement":[{"Resource":"arn:aws:s3:::A"}]}`},
		"everyone and a role":           {`{"Statement":[{"Principal":"*"}]}`, `{"Statement":[{"Principal":{"AWS":"arn:aws:iam::123456789012:role/x"}}]}`},
		"principals and not principals": {`{"Statement":[{"Principal":"*"}]}`, `{"Statement":[{"NotPrincipal":"*"}]}`},
		"versions":                      {`{"Version":"2012-10-17"}`, `{}`},
		"condition values":              {`{"Statement":[{"Condition":{"Bool":{"a":true}}}]}`, `{"Statement":[{"Condition":{"Bool":{"a":false}}}]}`},
		"root and a user called root": {
			`{"Statement":[{"Principal":{"AWS":"arn:aws:iam::123456789012:root"}}]}`,
			`{"Statement":[{"Principal":{"AWS":"arn:aws:iam::123456789012:user/root"}}]}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if a, b := normalize(t, pair[0]), normalize(t, pair[1]); a == b {
				t.Errorf("both are %s", a)
			}
		})
	}
}

func normalize(t *testing.T, doc string) string {
	t.Helper()
	out, err := shape.NormalizePolicy(doc)
	if err != nil {
		t.Fatal(err)
	}
	text, err := shape.Canonical(out, nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func FuzzNormalizePolicy(f *testing.F) {
	for _, seed := range []string{
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":["*"],"Condition":{"Bool":{"a":true}}}]}`,
		`%7B%22Statement%22%3A%5B%5D%7D`, `{"Statement":{"Principal":{"AWS":["123456789012",null,{"x":1}]}}}`, `[1]`, `{"Statement":[1e999]}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		once, err := shape.NormalizePolicy(doc)
		if err != nil {
			return
		}
		text, err := shape.Canonical(once, nil)
		if err != nil {
			t.Fatalf("not canonical: %v", err)
		}
		twice, err := shape.NormalizePolicy(shape.Clone(once))
		if err != nil {
			t.Fatalf("not a policy any more: %v", err)
		}
		if again, _ := shape.Canonical(twice, nil); string(again) != string(text) {
			t.Fatalf("not settled:\n%s\n%s", text, again)
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"config":{"a":[1,2.5,"x",null,true,1e300,12345678901234567890]},"unread":{"b":{"action":"a","code":"c"}}}`))
	f.Add([]byte(`{"config":{}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		first, err := shape.Decode(b)
		if err != nil {
			return
		}
		out, err := shape.Canonical(first.Config, first.Unread)
		if err != nil {
			t.Fatalf("not canonical: %v", err)
		}
		second, err := shape.Decode(out)
		if err != nil {
			t.Fatalf("can't be read back: %v", err)
		}
		if !reflect.DeepEqual(first.Config, second.Config) {
			a, _ := json.Marshal(first.Config)
			t.Fatalf("%s\n%s", a, out)
		}
	})
}

func FuzzParsePath(f *testing.F) {
	for _, seed := range []string{"A", "A.B[0].C", "Tags[env]", `Tags["a]b\""]`, "Policies[*].PolicyDocument", "AWS::S3::BucketPolicy.X", `A["1"]`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		path, err := shape.ParsePath(s)
		if err != nil {
			return
		}
		again, err := shape.ParsePath(path.String())
		if err != nil || !reflect.DeepEqual(path, again) {
			t.Fatalf("%q: %#v, then %#v, %v", s, path, again, err)
		}
		if !shape.Covers(s, path.String()) && !containsAny(path) {
			t.Fatalf("%q doesn't cover itself", s)
		}
	})
}

func containsAny(path shape.Path) bool {
	for _, seg := range path {
		if seg.Kind == shape.AnySegment {
			return true
		}
	}
	return false
}

func TestCoversIsThePlaceItselfAndWhatIsBelow(t *testing.T) {
	for _, test := range []struct {
		unread, path string
		want         bool
	}{
		{"Tags", "Tags", true},
		{"Tags", "Tags[env]", true},
		{"Tags", "TagsOfAnother", false},
		{"Mode", "Mode.Fast", true},
		{"Mode.Fast", "Mode", false},
		{"Policies[a]", "Policies[a].PolicyDocument", true},
		{"Policies[a]", "Policies[ab]", false},
		{"Policies[*].PolicyDocument", "Policies[a].PolicyDocument", true},
		{"Policies[*].PolicyDocument", "Policies[a]", false},
		{`Tags["env"]`, "Tags[env]", true},
		{`Tags["a]b"]`, `Tags["a]b"]`, true},
	} {
		if got := shape.Covers(test.unread, test.path); got != test.want {
			t.Errorf("Covers(%q, %q) is %v", test.unread, test.path, got)
		}
	}
}
