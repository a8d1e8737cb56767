package fleet

import "math"

// kind is a kind of resource in the mix.
type kind int

const (
	snapshot kind = iota
	volume
	instance
	securityGroup
	subnet
	image
	address
	networkInterface
	keyPair
	routeTable
	networkACL
	vpc
	endpoint
	dbSnapshot
	dbInstance
	role
	policy
	user
	group
	key
	bucket
	kinds
)

// mixLine is a kind's part in the fleet.
type mixLine struct {
	name string
	// perMille is the kind's share. What the limits leave over goes to snapshots.
	perMille int
	// most bounds kinds of which an account has few: each of them costs calls of its own.
	most int
	// global kinds have no region.
	global bool
}

const unlimited = math.MaxInt

// mix is what a large account is made of: snapshots and volumes first, few things that cost calls one by one.
var mix = [kinds]mixLine{
	snapshot:         {name: "ec2_snapshot", perMille: 320, most: unlimited},
	volume:           {name: "ec2_volume", perMille: 180, most: unlimited},
	instance:         {name: "ec2_instance", perMille: 100, most: unlimited},
	securityGroup:    {name: "ec2_security_group", perMille: 80, most: unlimited},
	subnet:           {name: "ec2_subnet", perMille: 40, most: unlimited},
	image:            {name: "ec2_image", perMille: 20, most: 500},
	address:          {name: "ec2_eip", perMille: 20, most: unlimited},
	networkInterface: {name: "ec2_network_interface", perMille: 100, most: unlimited},
	keyPair:          {name: "ec2_key_pair", perMille: 10, most: unlimited},
	routeTable:       {name: "ec2_route_table", perMille: 20, most: unlimited},
	networkACL:       {name: "ec2_network_acl", perMille: 15, most: unlimited},
	vpc:              {name: "ec2_vpc", perMille: 10, most: unlimited},
	endpoint:         {name: "ec2_vpc_endpoint", perMille: 10, most: unlimited},
	dbSnapshot:       {name: "rds_snapshot", perMille: 20, most: 500},
	dbInstance:       {name: "rds_instance", perMille: 10, most: 1000},
	role:             {name: "iam_role", perMille: 20, most: 5000, global: true},
	policy:           {name: "iam_policy", perMille: 15, most: 3000, global: true},
	user:             {name: "iam_user", perMille: 2, most: 50, global: true},
	group:            {name: "iam_group", perMille: 1, most: 50, global: true},
	key:              {name: "kms_key", perMille: 2, most: 100},
	bucket:           {name: "s3_bucket", perMille: 2, most: 50},
}

// share divides n resources among the kinds.
func share(n int) [kinds]int {
	var out [kinds]int
	if n <= 0 {
		return out
	}
	rest := n
	for k := kinds - 1; k > snapshot; k-- {
		out[k] = min(max(1, n*mix[k].perMille/1000), mix[k].most)
		rest -= out[k]
	}
	out[snapshot] = max(rest, 1)
	return out
}

// Counts returns how many resources of each kind there are, by InfraAudit's resource types. Collectors find some more:
// the account's settings, and an alias for each key.
func (f *Fleet) Counts() map[string]int {
	out := make(map[string]int, kinds)
	for k, n := range f.counts {
		out[mix[k].name] = n
	}
	return out
}

// changeable are the kinds that Options.Changed changes, in turn.
var changeable = []kind{instance, volume, securityGroup, snapshot}

// changed tells whether the resource differs from the same one in a fleet without changes.
func (f *Fleet) changed(k kind, ordinal int) bool {
	left := f.o.Changed
	for i, c := range changeable {
		quota := min(left/(len(changeable)-i), f.counts[c])
		if c == k {
			return ordinal < quota
		}
		left -= quota
	}
	return false
}

// regionIndex is the place of a region among the fleet's; -1 for others, which are empty.
func (f *Fleet) regionIndex(region string) int {
	for i, name := range f.o.Regions {
		if name == region {
			return i
		}
	}
	return -1
}

// countIn returns how many resources of a kind a region has; resource i of kind k is in region i mod regions.
func (f *Fleet) countIn(k kind, region int) int {
	n, regions := f.counts[k], len(f.o.Regions)
	if mix[k].global {
		return n
	}
	if region < 0 || n <= region {
		return 0
	}
	return (n - region + regions - 1) / regions
}

// ordinal returns the number of the i-th resource of a kind in a region.
func (f *Fleet) ordinal(k kind, region, i int) int {
	if mix[k].global {
		return i
	}
	return region + i*len(f.o.Regions)
}

// neighbour returns the id of some resource of kind k in the region of the resource with that ordinal, or "" where
// there is none; n picks which.
func (f *Fleet) neighbour(k kind, ordinal int, n uint64) string {
	region := ordinal % len(f.o.Regions)
	count := f.countIn(k, region)
	if count == 0 {
		return ""
	}
	return f.id(k, f.ordinal(k, region, int(n%uint64(count))))
}
