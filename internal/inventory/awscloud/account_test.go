package awscloud

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
)

func TestRegions(t *testing.T) {
	some := always(`<DescribeRegionsResponse><regionInfo><item><regionName>us-east-1</regionName></item>
<item><regionName>il-central-1</regionName></item><item><regionName>../x</regionName></item></regionInfo></DescribeRegionsResponse>`)
	for name, c := range map[string]struct {
		home   string
		answer func(playedCall) playedAnswer
		want   []string
		kind   fault.Kind
	}{
		"those that are enabled, sorted": {"us-east-1", some, []string{"global", "il-central-1", "us-east-1"}, ""},
		"those that can't be disabled where it is refused": {"us-gov-west-1", func(c playedCall) playedAnswer {
			return c.refusal(403, "UnauthorizedOperation", "")
		}, []string{"global", "us-gov-east-1", "us-gov-west-1"}, fault.Denied},
		"those that can't be disabled where there are none": {
			"cn-north-1",
			always("<DescribeRegionsResponse/>"),
			[]string{"cn-north-1", "cn-northwest-1", "global"},
			fault.Upstream,
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := keyOptions(by(map[string]func(playedCall) playedAnswer{"DescribeRegions": c.answer}))
			o.HomeRegion = c.home
			got, err := openPlayed(t, o).Regions(t.Context())
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if f := fault.From(err); c.kind != "" && (f == nil || f.Kind != c.kind || f.Action != "ec2:DescribeRegions") || c.kind == "" && err != nil {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestServicesAreWhatCollectorsDeclare(t *testing.T) {
	a := openPlayed(t, keyOptions(by(nil)))
	types := map[string]string{} // resource type -> service
	for _, region := range []string{"eu-west-1", audit.RegionGlobal} {
		var names []string
		for _, s := range a.Services(region) {
			names = append(names, s.Name)
			for _, l := range s.Listings {
				if !strings.HasPrefix(l.Action, s.Name+":") {
					t.Errorf("%v stands on %s", l.Types, l.Action)
				}
				for _, typ := range l.Types {
					// WAF has the same types in each region, and once more for CloudFront.
					if other, twice := types[typ]; twice && (region != audit.RegionGlobal || other != "wafv2") {
						t.Errorf("%s is read by %s and by %s", typ, other, s.Name)
					}
					types[typ] = s.Name
					if _, ok := shapes.Load().Lookup(typ); !ok {
						t.Errorf("%s has no shape", typ)
					}
				}
			}
		}
		if !slices.IsSorted(names) || len(names) == 0 {
			t.Errorf("services of %s: %v", region, names)
		}
	}
	for _, typ := range shapes.Load().Types() {
		if types[typ] == "" {
			t.Errorf("%s has a shape, but nobody reads it", typ)
		}
	}
}

// Everything is refused. What a listing names is the first call that it makes: its own, or the one that lists what its
// resources belong to.
func TestARefusedListingNamesWhatWasRefused(t *testing.T) {
	a := openPlayed(t, keyOptions(by(nil)))
	needed := map[string][]string{}
	for _, c := range collectors() {
		for _, l := range c.listings {
			needed[l.types[0]] = l.actions
		}
	}
	for _, s := range a.Services("eu-west-1") {
		for _, l := range s.Listings {
			h := &haul{}
			err := l.Collect(t.Context(), h)
			if f := fault.From(err); f == nil || f.Kind != fault.Denied || !slices.Contains(needed[l.Types[0]], f.Action) {
				t.Errorf("%v: %v", l.Types, err)
			}
			if len(h.all) > 0 {
				t.Errorf("%v: emitted %d", l.Types, len(h.all))
			}
		}
	}
}

func TestMalformedAttributesAreUnread(t *testing.T) {
	a := openPlayed(t, keyOptions(by(nil)))
	o := &audit.Observation{
		Type: "kms_key", ExternalID: "arn:aws:kms:eu-west-1:123456789012:key/1", Facts: object{"Empty": []any(nil)},
		Config: object{"KeyPolicy": "{not json", "Enabled": "perhaps", "KeySpec": "RSA_2048", "Nonsense": 1},
	}
	if err := a.session("eu-west-1").finish(o); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"KeyPolicy", "Enabled"} {
		if u := o.Unread[path]; u.Code != "MalformedAnswer" || u.Action != "kms:ListKeys" || u.Reason == "" {
			t.Errorf("%s: %+v", path, u)
		}
		if _, there := o.Config[path]; there {
			t.Errorf("%s is still %v", path, o.Config[path])
		}
	}
	if o.Config["KeySpec"] != "RSA_2048" || o.Config["Nonsense"] != nil || o.Name != "1" || o.Status != audit.ResourceActive {
		t.Errorf("%+v", o)
	}
	checkShape(t, o)
}
