package fleet

import (
	"slices"
	"strconv"

	"github.com/infraudit/infraudit/internal/demo/awscall"
)

// ec2Listing is a Describe operation (EC2 API reference, the operation's response elements).
type ec2Listing struct {
	set  string
	kind kind
	item func(f *Fleet, w *writer, ordinal int)
}

var ec2Listings = map[string]ec2Listing{
	"DescribeSnapshots":         {"snapshotSet", snapshot, (*Fleet).snapshot},
	"DescribeVolumes":           {"volumeSet", volume, (*Fleet).volume},
	"DescribeInstances":         {"reservationSet", instance, (*Fleet).reservation},
	"DescribeSecurityGroups":    {"securityGroupInfo", securityGroup, (*Fleet).securityGroup},
	"DescribeSubnets":           {"subnetSet", subnet, (*Fleet).subnet},
	"DescribeImages":            {"imagesSet", image, (*Fleet).image},
	"DescribeAddresses":         {"addressesSet", address, (*Fleet).address},
	"DescribeNetworkInterfaces": {"networkInterfaceSet", networkInterface, (*Fleet).networkInterface},
	"DescribeKeyPairs":          {"keySet", keyPair, (*Fleet).keyPair},
	"DescribeRouteTables":       {"routeTableSet", routeTable, (*Fleet).routeTable},
	"DescribeNetworkAcls":       {"networkAclSet", networkACL, (*Fleet).networkACL},
	"DescribeVpcs":              {"vpcSet", vpc, (*Fleet).vpc},
	"DescribeVpcEndpoints":      {"vpcEndpointSet", endpoint, (*Fleet).endpoint},
}

// ec2Page is the most that EC2's listings return at once.
const ec2Page = 1000

// ec2 answers EC2. Operations that list nothing of the fleet answer an empty list.
func (f *Fleet) ec2(call awscall.Call) awscall.Answer {
	w := make(writer, 0, 512)
	w.raw(`<?xml version="1.0" encoding="UTF-8"?>` + "\n<" + call.Operation + `Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">`)
	w.el("requestId", f.requestID())
	l, listed := ec2Listings[call.Operation]
	switch {
	case listed:
		w.open(l.set)
		next := ""
		if !filtered(call) {
			item := func(w *writer, ordinal int) { l.item(f, w, ordinal) }
			next = f.items(&w, call, listing{kind: l.kind, most: ec2Page, token: "NextToken", item: item})
		}
		w.close(l.set)
		if next != "" {
			w.el("nextToken", next)
		}
	case call.Operation == "DescribeRegions":
		f.regions(&w)
	case call.Operation == "GetEbsEncryptionByDefault":
		w.flag("ebsEncryptionByDefault", true)
	}
	w.close(call.Operation + "Response")
	return ok(w)
}

// filtered tells whether a call asks for some of a listing alone, such as the snapshots that everybody may restore.
// The fleet has none of those. Owner and type filters of "self" ask for everything that it has.
func filtered(call awscall.Call) bool {
	for name, value := range call.Params {
		if name == "RestorableBy.1" || name == "ExecutableBy.1" || name == "Filter.1.Name" && value != "owner-id" {
			return true
		}
	}
	return false
}

func (f *Fleet) regions(w *writer) {
	w.in("regionInfo", func() {
		for _, name := range shuffled(f.rng(kinds, 0), slices.Clone(f.o.Regions)...) {
			w.in("item", func() {
				w.el("regionName", name)
				w.el("regionEndpoint", "ec2."+name+".amazonaws.com")
				w.el("optInStatus", "opt-in-not-required")
			})
		}
	})
}

func (f *Fleet) ec2Tags(w *writer, k kind, ordinal int, r rng) {
	w.open("tagSet")
	for _, t := range f.tags(k, ordinal, r) {
		w.raw("<item><key>")
		w.raw(t.key)
		w.raw("</key><value>")
		w.raw(t.value)
		w.raw("</value></item>")
	}
	w.close("tagSet")
}

func (f *Fleet) zone(ordinal int) string {
	return f.o.Regions[ordinal%len(f.o.Regions)] + string("abc"[ordinal%3])
}

func (f *Fleet) snapshot(w *writer, ordinal int) {
	r := f.rng(snapshot, ordinal)
	w.open("item")
	w.el("snapshotId", f.id(snapshot, ordinal))
	w.el("volumeId", f.neighbour(volume, ordinal, r.content.Uint64()))
	w.el("status", "completed")
	w.time("startTime", made(r))
	w.el("progress", "100%")
	w.el("ownerId", Account)
	w.num("volumeSize", 8+int(r.content.Uint64()%200))
	w.el("description", "nightly")
	w.flag("encrypted", r.content.Uint64()%3 != 0)
	w.el("storageTier", "standard")
	f.ec2Tags(w, snapshot, ordinal, r)
	w.close("item")
}

func (f *Fleet) volume(w *writer, ordinal int) {
	r := f.rng(volume, ordinal)
	size := 8 + int(r.content.Uint64()%500)
	if f.changed(volume, ordinal) {
		size++
	}
	w.open("item")
	w.el("volumeId", f.id(volume, ordinal))
	w.num("size", size)
	w.el("snapshotId", "")
	w.el("availabilityZone", f.zone(ordinal))
	w.el("status", [2]string{"available", "in-use"}[min(1, r.shuffle.Uint64()%5)])
	w.time("createTime", made(r))
	w.open("attachmentSet")
	w.close("attachmentSet")
	f.ec2Tags(w, volume, ordinal, r)
	w.el("volumeType", "gp3")
	w.num("iops", 3000)
	w.num("throughput", 125)
	w.flag("encrypted", true)
	w.el("kmsKeyId", "arn:aws:kms:"+f.o.Regions[ordinal%len(f.o.Regions)]+":"+Account+":key/"+f.neighbour(key, ordinal, 0))
	w.flag("multiAttachEnabled", false)
	w.close("item")
}

func (f *Fleet) reservation(w *writer, ordinal int) {
	w.open("item")
	w.el("reservationId", "r-0"+f.id(instance, ordinal)[3:])
	w.el("ownerId", Account)
	w.raw("<groupSet/><instancesSet>")
	f.instance(w, ordinal)
	w.raw("</instancesSet>")
	w.close("item")
}

func (f *Fleet) instance(w *writer, ordinal int) {
	r := f.rng(instance, ordinal)
	kindOf := "m6i.large"
	if f.changed(instance, ordinal) {
		kindOf = "m6i.4xlarge"
	}
	w.open("item")
	w.el("instanceId", f.id(instance, ordinal))
	w.el("imageId", f.neighbour(image, ordinal, r.content.Uint64()))
	if r.shuffle.Uint64()%10 == 0 {
		w.raw("<instanceState><code>80</code><name>stopped</name></instanceState>")
	} else {
		w.raw("<instanceState><code>16</code><name>running</name></instanceState>")
	}
	w.el("instanceType", kindOf)
	w.time("launchTime", made(r))
	w.raw("<placement><availabilityZone>" + f.zone(ordinal) + "</availabilityZone><tenancy>default</tenancy></placement>")
	w.raw("<monitoring><state>disabled</state></monitoring>")
	address := privateAddress(ordinal)
	w.el("subnetId", f.neighbour(subnet, ordinal, r.content.Uint64()))
	w.el("vpcId", f.neighbour(vpc, ordinal, r.content.Uint64()))
	w.el("privateIpAddress", address)
	w.flag("sourceDestCheck", true)
	w.in("groupSet", func() {
		n := r.content.Uint64()
		for _, i := range shuffled(r, uint64(0), 1) {
			w.raw("<item><groupId>")
			w.raw(f.neighbour(securityGroup, ordinal, n+i))
			w.raw("</groupId></item>")
		}
	})
	w.el("architecture", "x86_64")
	w.el("rootDeviceType", "ebs")
	w.el("rootDeviceName", "/dev/xvda")
	w.in("blockDeviceMapping", func() {
		for _, device := range shuffled(r, "/dev/xvda", "/dev/xvdb") {
			w.raw("<item><deviceName>" + device + "</deviceName><ebs>")
			w.el("volumeId", f.neighbour(volume, ordinal, uint64(ordinal)+uint64(len(device))))
			w.raw("<status>attached</status><deleteOnTermination>true</deleteOnTermination></ebs></item>")
		}
	})
	w.flag("ebsOptimized", true)
	w.raw("<hypervisor>nitro</hypervisor><metadataOptions><state>applied</state><httpTokens>required</httpTokens>" +
		"<httpPutResponseHopLimit>2</httpPutResponseHopLimit><httpEndpoint>enabled</httpEndpoint></metadataOptions>")
	f.ec2Tags(w, instance, ordinal, r)
	w.close("item")
}

func privateAddress(ordinal int) string {
	return "10." + strconv.Itoa(ordinal>>16&255) + "." + strconv.Itoa(ordinal>>8&255) + "." + strconv.Itoa(ordinal&255)
}
