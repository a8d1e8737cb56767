package fleet

import "strconv"

// permission is one line of a security group's rules.
type permission struct {
	port    int
	sources []string // CIDR blocks
	groups  []string // group ids
}

func (f *Fleet) securityGroup(w *writer, ordinal int) {
	r := f.rng(securityGroup, ordinal)
	inbound := []permission{
		{port: 443, sources: []string{"10.0.0.0/8", "192.0.2.0/24"}},
		{port: 22, sources: []string{"203.0.113.0/24"}, groups: []string{f.neighbour(securityGroup, ordinal, r.content.Uint64())}},
		{port: 5432, sources: []string{"10." + strconv.Itoa(ordinal%250) + ".0.0/16"}},
	}
	if f.changed(securityGroup, ordinal) {
		inbound[1].sources = append(inbound[1].sources, "0.0.0.0/0")
	}
	w.open("item")
	w.el("ownerId", Account)
	w.el("groupId", f.id(securityGroup, ordinal))
	w.el("groupName", "group-"+strconv.Itoa(ordinal))
	w.el("groupDescription", "group of the fleet")
	w.el("vpcId", f.neighbour(vpc, ordinal, r.content.Uint64()))
	permissions(w, r, "ipPermissions", inbound...)
	permissions(w, r, "ipPermissionsEgress", permission{port: -1, sources: []string{"0.0.0.0/0"}})
	f.ec2Tags(w, securityGroup, ordinal, r)
	w.close("item")
}

func permissions(w *writer, r rng, name string, list ...permission) {
	w.open(name)
	for _, p := range shuffled(r, list...) {
		w.open("item")
		if p.port < 0 {
			w.el("ipProtocol", "-1")
		} else {
			w.el("ipProtocol", "tcp")
			w.num("fromPort", p.port)
			w.num("toPort", p.port)
		}
		w.open("groups")
		for _, id := range shuffled(r, p.groups...) {
			w.raw("<item><userId>" + Account + "</userId><groupId>" + id + "</groupId></item>")
		}
		w.close("groups")
		w.open("ipRanges")
		for _, cidr := range shuffled(r, p.sources...) {
			w.raw("<item><cidrIp>" + cidr + "</cidrIp></item>")
		}
		w.close("ipRanges")
		w.raw("<ipv6Ranges/><prefixListIds/></item>")
	}
	w.close(name)
}

func (f *Fleet) subnet(w *writer, ordinal int) {
	r := f.rng(subnet, ordinal)
	w.open("item")
	w.el("subnetId", f.id(subnet, ordinal))
	w.el("subnetArn", "arn:aws:ec2:"+f.o.Regions[ordinal%len(f.o.Regions)]+":"+Account+":subnet/"+f.id(subnet, ordinal))
	w.el("state", "available")
	w.el("ownerId", Account)
	w.el("vpcId", f.neighbour(vpc, ordinal, r.content.Uint64()))
	w.el("cidrBlock", "10."+strconv.Itoa(ordinal>>8&255)+"."+strconv.Itoa(ordinal&255)+".0/24")
	w.raw("<ipv6CidrBlockAssociationSet/>")
	w.num("availableIpAddressCount", 100+int(r.shuffle.Uint64()%100))
	w.el("availabilityZone", f.zone(ordinal))
	w.flag("defaultForAz", false)
	w.flag("mapPublicIpOnLaunch", ordinal%4 == 0)
	f.ec2Tags(w, subnet, ordinal, r)
	w.close("item")
}

func (f *Fleet) image(w *writer, ordinal int) {
	r := f.rng(image, ordinal)
	w.open("item")
	w.el("imageId", f.id(image, ordinal))
	w.el("imageLocation", Account+"/image-"+strconv.Itoa(ordinal))
	w.el("imageState", "available")
	w.el("imageOwnerId", Account)
	w.flag("isPublic", false)
	w.raw("<architecture>x86_64</architecture><imageType>machine</imageType>")
	w.el("name", "image-"+strconv.Itoa(ordinal))
	w.raw("<rootDeviceType>ebs</rootDeviceType><rootDeviceName>/dev/xvda</rootDeviceName>")
	w.in("blockDeviceMapping", func() {
		for _, device := range shuffled(r, "/dev/xvda", "/dev/xvdb") {
			w.raw("<item><deviceName>" + device + "</deviceName><ebs>")
			w.el("snapshotId", f.neighbour(snapshot, ordinal, uint64(ordinal)))
			w.raw("<volumeSize>20</volumeSize><deleteOnTermination>true</deleteOnTermination><volumeType>gp3</volumeType>" +
				"<encrypted>true</encrypted></ebs></item>")
		}
	})
	w.raw("<virtualizationType>hvm</virtualizationType>")
	w.time("creationDate", made(r))
	f.ec2Tags(w, image, ordinal, r)
	w.close("item")
}

func (f *Fleet) address(w *writer, ordinal int) {
	r := f.rng(address, ordinal)
	w.open("item")
	w.el("publicIp", "198.51.100."+strconv.Itoa(ordinal%256))
	w.el("allocationId", f.id(address, ordinal))
	w.el("domain", "vpc")
	w.el("publicIpv4Pool", "amazon")
	w.el("networkBorderGroup", f.o.Regions[ordinal%len(f.o.Regions)])
	f.ec2Tags(w, address, ordinal, r)
	w.close("item")
}

func (f *Fleet) networkInterface(w *writer, ordinal int) {
	r := f.rng(networkInterface, ordinal)
	address := privateAddress(ordinal)
	w.open("item")
	w.el("networkInterfaceId", f.id(networkInterface, ordinal))
	w.el("subnetId", f.neighbour(subnet, ordinal, r.content.Uint64()))
	w.el("vpcId", f.neighbour(vpc, ordinal, r.content.Uint64()))
	w.el("availabilityZone", f.zone(ordinal))
	w.el("description", "of the fleet")
	w.el("ownerId", Account)
	w.flag("requesterManaged", false)
	w.el("status", [2]string{"available", "in-use"}[r.shuffle.Uint64()&1])
	w.el("macAddress", "02:00:00:00:00:00")
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
	w.raw("<privateIpAddressesSet><item><privateIpAddress>" + address + "</privateIpAddress><primary>true</primary></item>" +
		"</privateIpAddressesSet><ipv6AddressesSet/><interfaceType>interface</interfaceType>")
	f.ec2Tags(w, networkInterface, ordinal, r)
	w.close("item")
}

func (f *Fleet) keyPair(w *writer, ordinal int) {
	r := f.rng(keyPair, ordinal)
	w.open("item")
	w.el("keyPairId", f.id(keyPair, ordinal))
	w.el("keyName", "key-"+strconv.Itoa(ordinal))
	w.el("keyType", "ed25519")
	w.el("keyFingerprint", f.id(keyPair, ordinal))
	w.time("createTime", made(r))
	f.ec2Tags(w, keyPair, ordinal, r)
	w.close("item")
}

func (f *Fleet) routeTable(w *writer, ordinal int) {
	r := f.rng(routeTable, ordinal)
	id := f.id(routeTable, ordinal)
	w.open("item")
	w.el("routeTableId", id)
	w.el("vpcId", f.neighbour(vpc, ordinal, r.content.Uint64()))
	w.el("ownerId", Account)
	w.in("routeSet", func() {
		for _, route := range shuffled(r,
			"<destinationCidrBlock>10.0.0.0/8</destinationCidrBlock><gatewayId>local</gatewayId><state>active</state><origin>CreateRouteTable</origin>",
			"<destinationCidrBlock>0.0.0.0/0</destinationCidrBlock><gatewayId>igw-0123456789abcdef0</gatewayId><state>active</state><origin>CreateRoute</origin>",
		) {
			w.el("item", route)
		}
	})
	w.in("associationSet", func() {
		for _, i := range shuffled(r, uint64(0), 1) {
			w.open("item")
			w.el("routeTableAssociationId", "rtbassoc-0"+id[5:20]+strconv.Itoa(int(i)))
			w.el("routeTableId", id)
			w.el("subnetId", f.neighbour(subnet, ordinal, uint64(ordinal)*2+i))
			w.raw("<main>false</main><associationState><state>associated</state></associationState></item>")
		}
	})
	w.raw("<propagatingVgwSet/>")
	f.ec2Tags(w, routeTable, ordinal, r)
	w.close("item")
}

func (f *Fleet) networkACL(w *writer, ordinal int) {
	r := f.rng(networkACL, ordinal)
	w.open("item")
	w.el("networkAclId", f.id(networkACL, ordinal))
	w.el("vpcId", f.neighbour(vpc, ordinal, r.content.Uint64()))
	w.el("ownerId", Account)
	w.flag("default", false)
	w.in("entrySet", func() {
		for _, entry := range shuffled(r,
			"<ruleNumber>100</ruleNumber><protocol>-1</protocol><ruleAction>allow</ruleAction><egress>true</egress><cidrBlock>0.0.0.0/0</cidrBlock>",
			"<ruleNumber>32767</ruleNumber><protocol>-1</protocol><ruleAction>deny</ruleAction><egress>true</egress><cidrBlock>0.0.0.0/0</cidrBlock>",
			"<ruleNumber>100</ruleNumber><protocol>-1</protocol><ruleAction>allow</ruleAction><egress>false</egress><cidrBlock>10.0.0.0/8</cidrBlock>",
			"<ruleNumber>32767</ruleNumber><protocol>-1</protocol><ruleAction>deny</ruleAction><egress>false</egress><cidrBlock>0.0.0.0/0</cidrBlock>",
		) {
			w.el("item", entry)
		}
	})
	w.raw("<associationSet/>")
	f.ec2Tags(w, networkACL, ordinal, r)
	w.close("item")
}

func (f *Fleet) vpc(w *writer, ordinal int) {
	r := f.rng(vpc, ordinal)
	w.open("item")
	w.el("vpcId", f.id(vpc, ordinal))
	w.el("ownerId", Account)
	w.el("state", "available")
	w.el("cidrBlock", "10."+strconv.Itoa(ordinal%256)+".0.0/16")
	w.in("cidrBlockAssociationSet", func() {
		for _, cidr := range shuffled(r, "10."+strconv.Itoa(ordinal%256)+".0.0/16", "100.64.0.0/16") {
			w.raw("<item><cidrBlock>" + cidr + "</cidrBlock><associationId>vpc-cidr-assoc-0" + strconv.Itoa(len(cidr)) +
				"</associationId><cidrBlockState><state>associated</state></cidrBlockState></item>")
		}
	})
	w.el("dhcpOptionsId", "dopt-0123456789abcdef0")
	w.el("instanceTenancy", "default")
	w.flag("isDefault", false)
	f.ec2Tags(w, vpc, ordinal, r)
	w.close("item")
}

func (f *Fleet) endpoint(w *writer, ordinal int) {
	r := f.rng(endpoint, ordinal)
	region := f.o.Regions[ordinal%len(f.o.Regions)]
	w.open("item")
	w.el("vpcEndpointId", f.id(endpoint, ordinal))
	w.el("vpcEndpointType", "Interface")
	w.el("vpcId", f.neighbour(vpc, ordinal, r.content.Uint64()))
	w.el("serviceName", "com.amazonaws."+region+".kms")
	w.el("state", "available")
	w.text("policyDocument", document(r,
		statement{sid: "Use", effect: "Allow", principal: Account, actions: []string{"kms:Encrypt", "kms:Decrypt"}, resources: []string{"*"}}))
	w.raw("<routeTableIdSet/>")
	w.in("subnetIdSet", func() {
		for _, i := range shuffled(r, uint64(0), 1) {
			w.el("item", f.neighbour(subnet, ordinal, uint64(ordinal)+i))
		}
	})
	w.in("groupSet", func() {
		for _, i := range shuffled(r, uint64(0), 1) {
			w.raw("<item><groupId>" + f.neighbour(securityGroup, ordinal, uint64(ordinal)+i) + "</groupId></item>")
		}
	})
	w.flag("privateDnsEnabled", true)
	w.flag("requesterManaged", false)
	w.time("creationTimestamp", made(r))
	f.ec2Tags(w, endpoint, ordinal, r)
	w.el("ownerId", Account)
	w.close("item")
}
