package webhook_test

import (
	"net/netip"
	"testing"

	"github.com/infraudit/infraudit/internal/webhook"
)

func TestOnlyPublicAddressesAreDialled(t *testing.T) {
	for name, c := range map[string]struct {
		addr   string
		public bool
	}{
		"a public one":                                {"1.1.1.1", true},
		"a public one of IPv6":                        {"2606:4700:4700::1111", true},
		"a public one, mapped into IPv6":              {"::ffff:1.1.1.1", true},
		"a public one behind NAT64":                   {"64:ff9b::101:101", true},
		"just below private":                          {"9.255.255.255", true},
		"just above private":                          {"172.32.0.0", true},
		"loopback":                                    {"127.0.0.1", false},
		"loopback, another":                           {"127.8.9.10", false},
		"loopback of IPv6":                            {"::1", false},
		"loopback, mapped into IPv6":                  {"::ffff:127.0.0.1", false},
		"loopback as IPv4-compatible":                 {"::127.0.0.1", false},
		"loopback behind NAT64":                       {"64:ff9b::7f00:1", false},
		"loopback by 6to4":                            {"2002:7f00:1::", false},
		"a public one by 6to4":                        {"2002:101:101::", false},
		"unspecified":                                 {"0.0.0.0", false},
		"unspecified of IPv6":                         {"::", false},
		"this network":                                {"0.1.2.3", false},
		"private, 10":                                 {"10.1.2.3", false},
		"private, 172.16":                             {"172.16.0.1", false},
		"private, the end of 172.16":                  {"172.31.255.255", false},
		"private, 192.168":                            {"192.168.1.1", false},
		"private, behind NAT64":                       {"64:ff9b::a01:203", false},
		"unique local":                                {"fd12:3456::1", false},
		"AWS's metadata":                              {"169.254.169.254", false},
		"AWS's metadata over IPv6":                    {"fd00:ec2::254", false},
		"AWS's metadata, mapped into IPv6":            {"::ffff:169.254.169.254", false},
		"AWS's metadata, behind NAT64":                {"64:ff9b::a9fe:a9fe", false},
		"ECS's metadata":                              {"169.254.170.2", false},
		"Alibaba's metadata":                          {"100.100.100.200", false},
		"link-local of IPv6":                          {"fe80::1", false},
		"link-local with a zone":                      {"fe80::1%eth0", false},
		"a public one with a zone":                    {"2606:4700::1%eth0", false},
		"site-local, long gone":                       {"fec0::1", false},
		"carriers' NAT":                               {"100.64.0.1", false},
		"multicast":                                   {"224.0.0.1", false},
		"multicast of IPv6":                           {"ff02::1", false},
		"broadcast":                                   {"255.255.255.255", false},
		"reserved":                                    {"240.0.0.1", false},
		"benchmarks":                                  {"198.18.0.1", false},
		"documentation":                               {"203.0.113.9", false},
		"documentation of IPv6":                       {"2001:db8::1", false},
		"Teredo":                                      {"2001:0:7f00:1::", false},
		"a NAT64 prefix of one's own":                 {"64:ff9b:1::a01:203", false},
		"what IANA has not given out":                 {"4000::1", false},
		"discard only":                                {"100::1", false},
		"segment routing":                             {"5f00::1", false},
		"an IPv4-translated address (SIIT)":           {"::ffff:0:127.0.0.1", false},
		"the all-zero IPv4-mapped":                    {"::ffff:0.0.0.0", false},
		"the last address of IPv6's global unicast":   {"3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true},
		"documentation, the newer network of IPv6":    {"3fff:1::1", false},
		"an ISATAP address of a link-local interface": {"fe80::5efe:a01:203", false},
	} {
		t.Run(name, func(t *testing.T) {
			addr := netip.MustParseAddr(c.addr)
			if err := (webhook.Guard{}).Check(addr, false); (err == nil) != c.public {
				t.Errorf("%v: %v", addr, err)
			}
			if err := (webhook.Guard{}).Check(addr, true); err == nil {
				t.Error("is dialled without TLS")
			}
		})
	}
}

func TestNetworksCanBeAllowed(t *testing.T) {
	allow, err := webhook.ParseAllow(" 127.0.0.0/8, 10.1.2.3,fd00::/8,")
	if err != nil {
		t.Fatal(err)
	}
	g := webhook.Guard{Allow: allow}
	for addr, want := range map[string]bool{
		"127.0.0.1": true, "::ffff:127.0.0.1": true, "10.1.2.3": true, "10.1.2.4": false, "fd00::1": true, "fd00::1%eth0": false, "::1": false,
	} {
		for _, plain := range []bool{false, true} {
			if err := g.Check(netip.MustParseAddr(addr), plain); (err == nil) != want {
				t.Errorf("%s, plain %v: %v", addr, plain, err)
			}
		}
	}
	if err := g.Check(netip.MustParseAddr("1.1.1.1"), false); err != nil {
		t.Errorf("public addresses are blocked: %v", err)
	}
	for _, bad := range []string{"localhost", "10.0.0.0/33", "::ffff:10.0.0.0/104", "10.0.0.0/8;127.0.0.1", "fe80::1%eth0"} {
		if _, err := webhook.ParseAllow(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func FuzzAnAddressThatLeadsInsideIsNeverPublic(f *testing.F) {
	for _, s := range []string{"127.0.0.1", "10.0.0.1", "169.254.169.254", "1.1.1.1"} {
		a := netip.MustParseAddr(s).As4()
		f.Add(a[:])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) != 4 {
			return
		}
		addr := netip.AddrFrom4([4]byte(b))
		inside := addr.IsPrivate() || addr.IsLoopback() || addr.IsLinkLocalUnicast() || addr.IsMulticast() || addr.IsUnspecified()
		public := (webhook.Guard{}).Check(addr, false) == nil
		if inside && public {
			t.Errorf("%v is taken for a public address", addr)
		}
		for _, form := range []string{"::ffff:" + addr.String(), "64:ff9b::" + addr.String()} {
			if got := (webhook.Guard{}).Check(netip.MustParseAddr(form), false) == nil; got != public {
				t.Errorf("%s is public: %v, of %v", form, got, addr)
			}
		}
	})
}
