package webhook

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"syscall"
)

// ErrBlocked means that a webhook's host leads to an address that nothing may be sent to.
var ErrBlocked = errors.New("webhook: the host's address is not a public one")

// Guard decides which addresses may be dialled. A URL's host is somebody else's choice, and so is what its name resolves to, at
// any time: only the address that is dialled tells.
type Guard struct {
	// Allow are networks that may be dialled although they aren't public, and without TLS: for installations on one's own ground.
	Allow []netip.Prefix
}

// ParseAllow reads networks, such as "127.0.0.0/8, 10.1.2.3, fd00::/8"; an address by itself is a network of one.
func ParseAllow(list string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for part := range strings.SplitSeq(list, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		p, err := netip.ParsePrefix(part)
		if err != nil {
			addr, addrErr := netip.ParseAddr(part)
			if addrErr != nil || addr.Zone() != "" {
				return nil, fmt.Errorf("%q is no network, such as 10.1.0.0/16", part)
			}
			p = netip.PrefixFrom(addr, addr.BitLen())
		}
		if p.Addr().Is4In6() {
			return nil, fmt.Errorf("%q: write IPv4 networks as such", part)
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

// Allowed tells whether an address is among those that are allowed although they aren't public.
func (g Guard) Allowed(addr netip.Addr) bool {
	addr = addr.Unmap()
	for _, p := range g.Allow {
		if p.Contains(addr) { // never of one with a zone
			return true
		}
	}
	return false
}

// Check returns ErrBlocked unless an address may be dialled; plain says that it would be without TLS.
func (g Guard) Check(addr netip.Addr, plain bool) error {
	if g.Allowed(addr) || !plain && public(addr) {
		return nil
	}
	return ErrBlocked
}

// control is a net.Dialer's: it is called with each address, after names were resolved and before anything is sent.
func (g Guard) control(plain bool) func(ctx context.Context, network, address string, _ syscall.RawConn) error {
	return func(_ context.Context, network, address string, _ syscall.RawConn) error {
		if !strings.HasPrefix(network, "tcp") {
			return ErrBlocked
		}
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrBlocked, err)
		}
		return g.Check(at.Addr(), plain)
	}
}

// nat64 is where IPv4 addresses are when IPv6 alone is spoken (RFC 6052): the last 32 bits.
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// globalUnicast is what IANA has given out of IPv6 (RFC 4291, section 2.4).
var globalUnicast = netip.MustParsePrefix("2000::/3")

// special are the networks that aren't the public internet: IANA's registries of special-purpose addresses for IPv4 and IPv6
// (RFC 6890), and multicast. Of IPv6 only what is within globalUnicast needs to be here.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),       // this network
	netip.MustParsePrefix("10.0.0.0/8"),      // private
	netip.MustParsePrefix("100.64.0.0/10"),   // carriers' NAT
	netip.MustParsePrefix("127.0.0.0/8"),     // loopback
	netip.MustParsePrefix("169.254.0.0/16"),  // link-local, and clouds' metadata
	netip.MustParsePrefix("172.16.0.0/12"),   // private
	netip.MustParsePrefix("192.0.0.0/24"),    // IETF protocols
	netip.MustParsePrefix("192.0.2.0/24"),    // documentation
	netip.MustParsePrefix("192.88.99.0/24"),  // 6to4 relays
	netip.MustParsePrefix("192.168.0.0/16"),  // private
	netip.MustParsePrefix("198.18.0.0/15"),   // benchmarks
	netip.MustParsePrefix("198.51.100.0/24"), // documentation
	netip.MustParsePrefix("203.0.113.0/24"),  // documentation
	netip.MustParsePrefix("224.0.0.0/4"),     // multicast
	netip.MustParsePrefix("240.0.0.0/4"),     // reserved, and broadcast
	netip.MustParsePrefix("2001::/23"),       // IETF protocols: Teredo, ORCHID, benchmarks
	netip.MustParsePrefix("2001:db8::/32"),   // documentation
	netip.MustParsePrefix("2002::/16"),       // 6to4: an IPv4 address, any one
	netip.MustParsePrefix("3fff::/20"),       // documentation
}

// public tells whether an address is one of the public internet.
func public(addr netip.Addr) bool {
	addr = addr.Unmap()
	if !addr.IsValid() || addr.Zone() != "" {
		return false
	}
	if nat64.Contains(addr) {
		b := addr.As16()
		return public(netip.AddrFrom4([4]byte(b[12:])))
	}
	if addr.Is6() && !globalUnicast.Contains(addr) {
		return false
	}
	for _, p := range special {
		if p.Contains(addr) {
			return false
		}
	}
	return true
}
