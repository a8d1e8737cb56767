package drift

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/infraudit/infraudit/internal/shape"
)

// renderer returns what writes values at a path: the readers of firewalls and routes want their notation.
func renderer(at shape.Path) func(any) string {
	for _, seg := range slices.Backward(at) {
		if seg.Kind != shape.NameSegment {
			continue
		}
		switch seg.Name {
		case "SecurityGroupIngress":
			return objects(func(m map[string]any) string { return groupRule(m, "from", "Source") })
		case "SecurityGroupEgress":
			return objects(func(m map[string]any) string { return groupRule(m, "to", "Destination") })
		case "AWS::EC2::NetworkAclEntry":
			return objects(aclEntry)
		case "AWS::EC2::Route":
			return objects(route)
		case "Policies":
			return objects(inlinePolicy)
		}
		break
	}
	return plain
}

func objects(render func(map[string]any) string) func(any) string {
	return func(v any) string {
		if m, ok := v.(map[string]any); ok {
			return render(m)
		}
		return plain(v)
	}
}

// plain writes any value: scalars as they are, objects as {Name: value, ...}.
func plain(v any) string {
	switch v := v.(type) {
	case string:
		if v == "" || strings.ContainsAny(v, " ,;\n\t\"") && len(v) < maxValue {
			return strconv.Quote(v)
		}
		return v
	case map[string]any:
		parts := make([]string, 0, len(v))
		for _, name := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, name+": "+plain(v[name]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = plain(e)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case nil:
		return "nothing"
	}
	return fmt.Sprint(v)
}

// groupRule writes a security group's rule: tcp 22 from 0.0.0.0/0 "office".
func groupRule(m map[string]any, preposition, side string) string {
	protocol := text(m, "IpProtocol")
	out := protocolName(protocol) + ports(protocol, m["FromPort"], m["ToPort"]) + " " + preposition + " " +
		first(m, "CidrIp", "CidrIpv6", side+"SecurityGroupId", side+"PrefixListId", side+"SecurityGroupName")
	if description := text(m, "Description"); description != "" {
		out += " " + strconv.Quote(description)
	}
	return out
}

// aclEntry writes a network ACL's entry: ingress 100 allow tcp 22 from 0.0.0.0/0.
func aclEntry(m map[string]any) string {
	direction, preposition := "ingress", "from"
	if m["Egress"] == true {
		direction, preposition = "egress", "to"
	}
	protocol := text(m, "Protocol")
	portRange, _ := m["PortRange"].(map[string]any)
	return fmt.Sprintf("%s %s %s %s%s %s %s", direction, text(m, "RuleNumber"), text(m, "RuleAction"),
		protocolName(protocol), ports(protocol, portRange["From"], portRange["To"]), preposition,
		first(m, "CidrBlock", "Ipv6CidrBlock"))
}

// route writes a route: 0.0.0.0/0 via igw-1.
func route(m map[string]any) string {
	destinations := []string{"DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId"}
	via := "nothing"
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if !slices.Contains(destinations, name) {
			via = text(m, name)
			break
		}
	}
	return first(m, destinations...) + " via " + via
}

// inlinePolicy writes a policy embedded in an identity by what it says.
func inlinePolicy(m map[string]any) string {
	if list, ok := statements(m["PolicyDocument"]); ok && len(list) > 0 {
		return some(renderAll(list, statement), 3)
	}
	return plain(m)
}

// protocolName names what https://www.iana.org/assignments/protocol-numbers numbers.
func protocolName(protocol string) string {
	switch protocol {
	case "-1", "":
		return "all traffic"
	case "1":
		return "icmp"
	case "6":
		return "tcp"
	case "17":
		return "udp"
	case "58":
		return "icmpv6"
	}
	return protocol
}

func ports(protocol string, from, to any) string {
	if protocol == "-1" || protocol == "" || from == nil && to == nil {
		return ""
	}
	switch protocol {
	case "icmp", "1", "icmpv6", "58": // types and codes, and -1 for all
		if from == int64(-1) {
			return ""
		}
		return " type " + plain(from)
	}
	if equal(from, to) {
		return " " + plain(from)
	}
	if from == int64(0) && to == int64(65535) {
		return " all ports"
	}
	return " " + plain(from) + "-" + plain(to)
}

func text(m map[string]any, name string) string {
	if v, ok := m[name]; ok {
		if s, ok := v.(string); ok {
			return s
		}
		return plain(v)
	}
	return ""
}

func first(m map[string]any, names ...string) string {
	for _, name := range names {
		if s := text(m, name); s != "" {
			return s
		}
	}
	return "nowhere"
}
