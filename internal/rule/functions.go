package rule

import (
	"cmp"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// functions are what rules have beside CEL's own:
//
//	anywhere(cidr)            whether a CIDR block is all of IPv4 or IPv6
//	opens(entry, port)        whether an entry of a security group or network ACL lets a TCP or UDP port through
//	days(from, to)            whole days between two timestamps, dates ("2026-01-31") or RFC 3339 texts
//	version(a, b)             -1, 0 or 1: how two dotted versions compare; what isn't a number compares as 0
//	text(value)               a value as text, "" for what isn't one
//
// and the questions to policy documents of policy.go. CEL calls none of them where an argument is Unknown.
func functions() cel.EnvOption {
	return all(
		function("anywhere", []*cel.Type{cel.StringType}, cel.BoolType, func(args []ref.Val) ref.Val {
			p, err := netip.ParsePrefix(textOf(args[0]))
			return types.Bool(err == nil && p.Bits() == 0)
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
