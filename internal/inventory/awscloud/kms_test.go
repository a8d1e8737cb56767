package awscloud

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
)

const testKey = "arn:aws:kms:eu-west-1:123456789012:key/"

// keys plays a region with a customer's key "own", an asymmetric one "rsa", AWS's own "managed" and one on its way out
// "going". without names an operation that is refused.
func keys(without string) *played {
	about := map[string]string{
		"own":     `"KeyManager":"CUSTOMER","Enabled":true,"KeyState":"Enabled","KeySpec":"SYMMETRIC_DEFAULT","KeyUsage":"ENCRYPT_DECRYPT","Origin":"AWS_KMS","Description":"orders","MultiRegion":false,"CreationDate":1767225600`,
		"rsa":     `"KeyManager":"CUSTOMER","Enabled":true,"KeyState":"Enabled","KeySpec":"RSA_2048","KeyUsage":"SIGN_VERIFY","Origin":"AWS_KMS","Description":""`,
		"managed": `"KeyManager":"AWS","Enabled":true,"KeyState":"Enabled","KeySpec":"SYMMETRIC_DEFAULT","KeyUsage":"ENCRYPT_DECRYPT","Origin":"AWS_KMS"`,
		"going":   `"KeyManager":"CUSTOMER","Enabled":false,"KeyState":"PendingDeletion","KeySpec":"SYMMETRIC_DEFAULT","KeyUsage":"ENCRYPT_DECRYPT","Origin":"AWS_KMS"`,
	}
	id := func(c playedCall) string { return strings.TrimPrefix(fmt.Sprint(c.body["KeyId"]), testKey) }
	answers := map[string]func(playedCall) playedAnswer{
		"ListKeys": func(c playedCall) playedAnswer {
			if c.body["Marker"] == nil {
				return playedAnswer{body: `{"Keys":[{"KeyId":"own","KeyArn":"` + testKey + `own"},{"KeyId":"rsa","KeyArn":"` + testKey + `rsa"}],"Truncated":true,"NextMarker":"m"}`}
			}
			return playedAnswer{body: `{"Keys":[{"KeyId":"managed","KeyArn":"` + testKey + `managed"},{"KeyId":"going","KeyArn":"` + testKey + `going"}]}`}
		},
		"ListAliases": always(`{"Aliases":[
{"AliasName":"alias/orders","AliasArn":"arn:aws:kms:eu-west-1:123456789012:alias/orders","TargetKeyId":"own"},
{"AliasName":"alias/aws/ebs","AliasArn":"arn:aws:kms:eu-west-1:123456789012:alias/aws/ebs","TargetKeyId":"managed"},
{"AliasName":"alias/aws/s3","AliasArn":"arn:aws:kms:eu-west-1:123456789012:alias/aws/s3"}]}`),
		"DescribeKey": func(c playedCall) playedAnswer {
			return playedAnswer{body: `{"KeyMetadata":{"KeyId":"` + id(c) + `",` + about[id(c)] + `}}`}
		},
		"GetKeyPolicy": always(`{"Policy":"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}}"}`),
		"GetKeyRotationStatus": func(c playedCall) playedAnswer {
			if id(c) == "own" {
				return playedAnswer{body: `{"KeyRotationEnabled":true,"RotationPeriodInDays":365}`}
			}
			return playedAnswer{body: `{"KeyRotationEnabled":false}`}
		},
		"ListResourceTags": always(`{"Tags":[{"TagKey":"env","TagValue":"prod"}],"Truncated":false}`),
	}
	delete(answers, without)
	return by(answers)
}

func readKMS(t *testing.T, p *played) (*haul, map[string]error) {
	t.Helper()
	a := openPlayed(t, keyOptions(p))
	h, errs := &haul{}, map[string]error{}
	for _, s := range a.Services("eu-west-1") {
		for _, l := range s.Listings {
			if s.Name == "kms" {
				if err := l.Collect(t.Context(), h); err != nil {
					errs[l.Types[0]] = err
				}
			}
		}
	}
	for _, o := range h.all {
		checkShape(t, o)
	}
	return h, errs
}

func TestKMSKeys(t *testing.T) {
	p := keys("")
	h, errs := readKMS(t, p)
	if len(errs) > 0 || len(h.ids("kms_key")) != 4 || len(h.ids("kms_alias")) != 2 {
		t.Fatalf("%v, %v, %v", errs, h.ids("kms_key"), h.ids("kms_alias"))
	}
	own := h.one(t, "kms_key", "orders")
	want := object{
		"Description": "orders", "Enabled": true, "KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT", "Origin": "AWS_KMS",
		"MultiRegion": false, "EnableKeyRotation": true, "RotationPeriodInDays": int64(365),
		"Tags":      []any{object{"Key": "env", "Value": "prod"}},
		"KeyPolicy": own.Config["KeyPolicy"],
	}
	if diff := cmp.Diff(want, own.Config); diff != "" {
		t.Errorf("own key (-want +got):\n%s", diff)
	}
	if _, parsed := own.Config["KeyPolicy"].(object); !parsed || own.Tags["env"] != "prod" || own.Facts["KeyState"] != "Enabled" {
		t.Errorf("%+v", own)
	}
	if going := h.one(t, "kms_key", "going"); going.Status != audit.ResourceStopped || going.Config["Enabled"] != false {
		t.Errorf("%+v", going)
	}
	if managed := h.one(t, "kms_key", "aws/ebs"); len(managed.Unread) > 0 || managed.Config["KeyPolicy"] != nil {
		t.Errorf("%+v", managed)
	}
	calls := map[string]int{}
	for _, op := range p.operations() {
		calls[op]++
	}
	wantCalls := map[string]int{
		"ListAliases": 1, "ListKeys": 2, "DescribeKey": 4, "GetKeyPolicy": 3, "GetKeyRotationStatus": 2, "ListResourceTags": 3,
	}
	if diff := cmp.Diff(wantCalls, calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestKMSRefusals(t *testing.T) {
	everything, _ := readKMS(t, keys(""))
	for operation, unread := range map[string][]string{
		"DescribeKey":          kmsDescribed,
		"GetKeyPolicy":         {"KeyPolicy"},
		"GetKeyRotationStatus": {"EnableKeyRotation", "RotationPeriodInDays"},
		"ListResourceTags":     {"Tags"},
	} {
		t.Run("without "+operation, func(t *testing.T) {
			h, errs := readKMS(t, keys(operation))
			if len(errs) > 0 || len(h.all) != len(everything.all) {
				t.Fatalf("%v, %d resources", errs, len(h.all))
			}
			own := h.all[slices.IndexFunc(h.all, func(o *audit.Observation) bool { return o.ExternalID == testKey+"own" })]
			var paths []string
			for path, u := range own.Unread {
				paths = append(paths, path)
				if u.Action != "kms:"+operation {
					t.Errorf("%s is unread because of %s", path, u.Action)
				}
				if _, there := own.Config[path]; there {
					t.Errorf("%s is unread and %v", path, own.Config[path])
				}
			}
			slices.Sort(paths)
			if diff := cmp.Diff(slices.Sorted(slices.Values(unread)), paths); diff != "" {
				t.Errorf("unread (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("without ListAliases", func(t *testing.T) {
		p := keys("ListAliases")
		h, errs := readKMS(t, p)
		if f := fault.From(errs["kms_alias"]); len(errs) != 1 || f.Kind != fault.Denied || f.Action != "kms:ListAliases" {
			t.Errorf("%v", errs)
		}
		if len(h.ids("kms_key")) != 4 || h.one(t, "kms_key", "own").Unread != nil {
			t.Errorf("%v", h.ids("kms_key"))
		}
		if n := len(p.operations()); slices.Index(p.operations(), "ListAliases") != 0 || slices.Contains(p.operations()[1:n], "ListAliases") {
			t.Errorf("the refused call was repeated: %v", p.operations())
		}
	})
	t.Run("without ListKeys", func(t *testing.T) {
		h, errs := readKMS(t, keys("ListKeys"))
		if fault.From(errs["kms_key"]).Action != "kms:ListKeys" || len(h.ids("kms_alias")) != 2 || len(h.ids("kms_key")) != 0 {
			t.Errorf("%v", errs)
		}
	})
}
