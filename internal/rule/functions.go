package rule

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// functions are what rules have beside CEL's own:
//
//	anywhere(cidr)            whether a CIDR block is all of IPv4 or IPv6
//	covers(a, b)              whether a CIDR block holds all of another
//	opens(entry, port)        whether an entry of a security group or network ACL lets a TCP or UDP port through
//	admits(entries, port)     whether a network ACL's entries, in their order, let everybody in to a TCP or UDP port
//	days(from, to)            whole days between two timestamps, dates ("2026-01-31") or RFC 3339 texts
//	version(a, b)             -1, 0 or 1: how two dotted versions compare; what isn't a number compares as 0
//	text(value)               a value as text, "" for what isn't one
//	tail(text)                what follows the last slash or colon: the id or name at the end of an ARN
//	catches(pattern, event)   whether a filter pattern of CloudWatch Logs matches an event of CloudTrail
//
// and the questions to policy documents of policy.go. CEL calls none of them where an argument is Unknown.
func functions() cel.EnvOption {
	return all(
		function("anywhere", []*cel.Type{cel.StringType}, cel.BoolType, func(args []ref.Val) ref.Val {
			p, err := netip.ParsePrefix(textOf(args[0]))
			return types.Bool(err == nil && p.Bits() == 0)
		}),
		function("covers", []*cel.Type{cel.StringType, cel.StringType}, cel.BoolType, func(args []ref.Val) ref.Val {
			a, errA := netip.ParsePrefix(textOf(args[0]))
			b, errB := netip.ParsePrefix(textOf(args[1]))
			return types.Bool(errA == nil && errB == nil && a.Bits() <= b.Bits() && a.Contains(b.Addr()))
		}),
		function("admits", []*cel.Type{cel.DynType, cel.IntType}, cel.BoolType, func(args []ref.Val) ref.Val {
			list, ok := args[0].(traits.Lister)
			if !ok {
				return types.NewErr("the entries are no list")
			}
			var entries []map[string]any
			for it := list.Iterator(); it.HasNext() == types.True; {
				entry, ok := it.Next().Value().(map[string]any)
				if !ok {
					return types.NewErr("the entry is no object")
				}
				entries = append(entries, entry)
			}
			return types.Bool(admits(entries, int64(args[1].(types.Int))))
		}),
		function("opens", []*cel.Type{cel.DynType, cel.IntType}, cel.BoolType, func(args []ref.Val) ref.Val {
			entry, ok := args[0].Value().(map[string]any)
			if !ok {
				return types.NewErr("the entry is no object")
			}
			return types.Bool(opens(entry, int64(args[1].(types.Int))))
		}),
		function("days", []*cel.Type{cel.DynType, cel.DynType}, cel.IntType, func(args []ref.Val) ref.Val {
			from, err := timeOf(args[0])
			if err != nil {
				return types.WrapErr(err)
			}
			to, err := timeOf(args[1])
			if err != nil {
				return types.WrapErr(err)
			}
			return types.Int(to.Sub(from) / (24 * time.Hour))
		}),
		function("version", []*cel.Type{cel.StringType, cel.StringType}, cel.IntType, func(args []ref.Val) ref.Val {
			return types.Int(compareVersions(textOf(args[0]), textOf(args[1])))
		}),
		policyFunctions(),
		function("text", []*cel.Type{cel.DynType}, cel.StringType, func(args []ref.Val) ref.Val {
			return types.String(textOf(args[0]))
		}),
		function("tail", []*cel.Type{cel.StringType}, cel.StringType, func(args []ref.Val) ref.Val {
			s := textOf(args[0])
			return types.String(s[strings.LastIndexAny(s, "/:")+1:])
		}),
		function("catches", []*cel.Type{cel.StringType, cel.DynType}, cel.BoolType, func(args []ref.Val) ref.Val {
			event, ok := args[1].Value().(map[string]any)
			if !ok {
				return types.NewErr("the event is no object")
			}
			return types.Bool(catches(textOf(args[0]), event))
		}),
	)
}

// all is several options as one.
func all(options ...cel.EnvOption) cel.EnvOption {
	return func(e *cel.Env) (*cel.Env, error) {
		var err error
		for _, o := range options {
			if e, err = o(e); err != nil {
				return nil, err
			}
		}
		return e, nil
	}
}

func function(name string, args []*cel.Type, result *cel.Type, do func([]ref.Val) ref.Val) cel.EnvOption {
	return cel.Function(name, cel.Overload(strings.ReplaceAll(name, ".", "_"), args, result, cel.FunctionBinding(
		func(values ...ref.Val) ref.Val { return do(values) })))
}

func textOf(v ref.Val) string {
	s, _ := v.Value().(string)
	return s
}

func timeOf(v ref.Val) (time.Time, error) {
	switch v := v.Value().(type) {
	case time.Time:
		return v, nil
	case string:
		if t, err := time.Parse(time.DateOnly, v); err == nil {
			return t, nil
		}
		if t, err := time.Parse(time.RFC3339, v); err == nil {
			return t, nil
		}
		return time.Time{}, fmt.Errorf("%.40q is no time", v)
	}
	return time.Time{}, fmt.Errorf("%s is no time", v.Type().TypeName())
}

// opens tells whether an entry lets a port of TCP or UDP through: of a security group (IpProtocol, FromPort, ToPort), or of
// a network ACL (Protocol, PortRange). Protocol -1 is all of them, and without ports an entry has all ports (EC2 API
// reference, "IpPermission" and "NetworkAclEntry").
func opens(entry map[string]any, port int64) bool {
	protocol := fmt.Sprint(cmp.Or(entry["IpProtocol"], entry["Protocol"]))
	switch protocol {
	case "-1":
		return true
	case "tcp", "udp", "6", "17":
	default:
		return false
	}
	ports := entry
	if r, ok := entry["PortRange"].(map[string]any); ok {
		ports = map[string]any{"FromPort": r["From"], "ToPort": r["To"]}
	}
	from, hasFrom := ports["FromPort"].(int64)
	to, hasTo := ports["ToPort"].(int64)
	if !hasFrom && !hasTo || from == -1 {
		return true
	}
	return from <= port && port <= to
}

// admits tells whether a network ACL lets traffic from all of IPv4 or IPv6 in to a port, over TCP or UDP. Entries are taken by
// their number, and the first that matches decides (Amazon VPC user guide, "Network ACL rules"). An entry for a part of the
// addresses decides nothing for the rest.
func admits(entries []map[string]any, port int64) bool {
	ordered := slices.Clone(entries)
	number := func(entry map[string]any) int64 { n, _ := entry["RuleNumber"].(int64); return n }
	slices.SortStableFunc(ordered, func(a, b map[string]any) int { return cmp.Compare(number(a), number(b)) })
	for _, from := range []struct{ field, all string }{{"CidrBlock", "0.0.0.0/0"}, {"Ipv6CidrBlock", "::/0"}} {
		for _, protocol := range []string{"6", "17"} { // TCP and UDP
			for _, entry := range ordered {
				of := fmt.Sprint(entry["Protocol"])
				if entry["Egress"] == true || entry[from.field] != from.all || of != "-1" && of != protocol || !opens(entry, port) {
					continue
				}
				if entry["RuleAction"] == "allow" {
					return true
				}
				break
			}
		}
	}
	return false
}

func compareVersions(a, b string) int {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(as), len(bs)) {
		if c := cmp.Compare(versionPart(as, i), versionPart(bs, i)); c != 0 {
			return c
		}
	}
	return 0
}

func versionPart(parts []string, i int) int {
	if i >= len(parts) {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimLeft(parts[i], "v"))
	if err != nil {
		return 0
	}
	return n
}
