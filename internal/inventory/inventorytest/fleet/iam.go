package fleet

import (
	"strconv"
	"strings"

	"github.com/infraudit/infraudit/internal/demo/awscall"
)

// detail is one list of GetAccountAuthorizationDetails.
type detail struct {
	entity, list string
	kind         kind
	item         func(f *Fleet, w *writer, ordinal int)
}

// details are the lists in the order in which the operation pages through them.
var details = []detail{
	{"User", "UserDetailList", user, (*Fleet).userDetail},
	{"Group", "GroupDetailList", group, (*Fleet).groupDetail},
	{"Role", "RoleDetailList", role, (*Fleet).roleDetail},
	{"LocalManagedPolicy", "Policies", policy, (*Fleet).policyDetail},
}

// authorizationDetails pages through all lists asked for as if they were one.
func (f *Fleet) authorizationDetails(w *writer, call awscall.Call) {
	var asked []detail
	total := 0
	for _, d := range details {
		if wants(call, d.entity) {
			asked = append(asked, d)
			total += f.counts[d.kind]
		}
	}
	from, to, next := page(total, call.Params["Marker"], call.PageSize, iamPage)
	for _, d := range asked {
		order := f.order(d.kind, 0)
		n := len(order)
		w.open(d.list)
		for _, ordinal := range order[min(max(from, 0), n):min(max(to, 0), n)] {
			d.item(f, w, ordinal)
		}
		w.close(d.list)
		from, to = from-n, to-n
	}
	if f.o.RepeatToken != nil && f.o.RepeatToken(call.Action()) {
		if next = call.Params["Marker"]; next == "" {
			next = "1"
		}
	}
	w.marker(next)
}

// wants tells whether a filter, if there is one, names the entity.
func wants(call awscall.Call, entity string) bool {
	if _, filtered := call.Params["Filter.member.1"]; !filtered {
		return true
	}
	for name, value := range call.Params {
		if strings.HasPrefix(name, "Filter.member.") && value == entity {
			return true
		}
	}
	return false
}

func (f *Fleet) attached(w *writer, r rng, list string) {
	var local []string
	if f.counts[policy] > 0 {
		local = append(local, f.iamARN(policy, "policy", int(r.content.Uint64()%uint64(f.counts[policy]))))
	}
	w.in(list, func() {
		for _, arn := range shuffled(r, append(local, "arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/SecurityAudit")...) {
			w.raw("<member><PolicyName>" + arn[strings.LastIndexByte(arn, '/')+1:] + "</PolicyName><PolicyArn>" + arn + "</PolicyArn></member>")
		}
	})
}

func (f *Fleet) iamTags(w *writer, k kind, ordinal int, r rng) {
	w.open("Tags")
	for _, t := range f.tags(k, ordinal, r) {
		w.raw("<member><Key>" + t.key + "</Key><Value>" + t.value + "</Value></member>")
	}
	w.close("Tags")
}

func (f *Fleet) roleHead(w *writer, ordinal int) {
	w.el("Path", "/")
	w.el("RoleName", f.id(role, ordinal))
	w.el("RoleId", iamID("AROA", ordinal))
	w.el("Arn", f.iamARN(role, "role", ordinal))
	w.time("CreateDate", origin)
}

func (f *Fleet) trust(w *writer, r rng, ordinal int) {
	w.el("AssumeRolePolicyDocument", encoded(r, document(r,
		statement{sid: "Machines", effect: "Allow", principal: "ec2.amazonaws.com", actions: []string{"sts:AssumeRole"}},
		statement{sid: "Partner", effect: "Allow", principal: strconv.Itoa(210000000000 + ordinal), actions: []string{"sts:AssumeRole", "sts:TagSession"}})))
}

func (f *Fleet) roleDetail(w *writer, ordinal int) {
	r := f.rng(role, ordinal)
	w.open("member")
	f.roleHead(w, ordinal)
	f.trust(w, r, ordinal)
	w.in("RolePolicyList", func() {
		for _, name := range shuffled(r, "read", "write") {
			w.open("member")
			w.el("PolicyName", name)
			w.el("PolicyDocument", encoded(r, document(r, statement{
				sid: name, effect: "Allow", actions: []string{"s3:GetObject", "s3:ListBucket"},
				resources: []string{"arn:aws:s3:::bucket-" + strconv.Itoa(ordinal), "arn:aws:s3:::bucket-" + strconv.Itoa(ordinal) + "/*"},
			})))
			w.close("member")
		}
	})
	f.attached(w, r, "AttachedManagedPolicies")
	w.raw("<InstanceProfileList/>")
	w.in("RoleLastUsed", func() {
		w.time("LastUsedDate", f.lastUse(r))
		w.el("Region", f.o.Regions[0])
	})
	f.iamTags(w, role, ordinal, r)
	w.close("member")
}

func (f *Fleet) roleListed(w *writer, ordinal int) {
	w.open("member")
	f.roleHead(w, ordinal)
	f.trust(w, f.rng(role, ordinal), ordinal)
	w.el("Description", "role "+strconv.Itoa(ordinal)+" of the fleet")
	w.num("MaxSessionDuration", 3600*(1+ordinal%4))
	w.close("member")
}

func (f *Fleet) policyDetail(w *writer, ordinal int) {
	r := f.rng(policy, ordinal)
	w.open("member")
	w.el("PolicyName", f.id(policy, ordinal))
	w.el("PolicyId", iamID("ANPA", ordinal))
	w.el("Arn", f.iamARN(policy, "policy", ordinal))
	w.raw("<Path>/</Path><DefaultVersionId>v2</DefaultVersionId>")
	w.num("AttachmentCount", int(r.shuffle.Uint64()%5))
	w.raw("<PermissionsBoundaryUsageCount>0</PermissionsBoundaryUsageCount><IsAttachable>true</IsAttachable>")
	w.time("CreateDate", origin)
	w.time("UpdateDate", origin)
	current := encoded(r, document(r,
		statement{sid: "Read", effect: "Allow", actions: []string{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueUrl"}, resources: []string{"*"}},
		statement{sid: "Own", effect: "Deny", actions: []string{"sqs:DeleteQueue"}, resources: []string{"arn:aws:sqs:*:" + Account + ":queue-" + strconv.Itoa(ordinal)}}))
	w.in("PolicyVersionList", func() {
		for _, v := range shuffled(r, "v1", "v2") {
			w.open("member")
			w.el("Document", current)
			w.el("VersionId", v)
			w.flag("IsDefaultVersion", v == "v2")
			w.time("CreateDate", origin)
			w.close("member")
		}
	})
	w.close("member")
}

func (f *Fleet) userHead(w *writer, ordinal int) {
	w.el("Path", "/")
	w.el("UserName", f.id(user, ordinal))
	w.el("UserId", iamID("AIDA", ordinal))
	w.el("Arn", f.iamARN(user, "user", ordinal))
	w.time("CreateDate", origin)
}

func (f *Fleet) userListed(w *writer, ordinal int) {
	w.open("member")
	f.userHead(w, ordinal)
	w.time("PasswordLastUsed", f.lastUse(f.rng(user, ordinal)))
	w.close("member")
}

func (f *Fleet) userDetail(w *writer, ordinal int) {
	r := f.rng(user, ordinal)
	w.open("member")
	f.userHead(w, ordinal)
	w.in("GroupList", func() {
		if n := f.counts[group]; n > 0 {
			first := int(r.content.Uint64() % uint64(n))
			for _, g := range shuffled(r, first, (first+1)%n) {
				w.el("member", f.id(group, g))
			}
		}
	})
	f.attached(w, r, "AttachedManagedPolicies")
	f.iamTags(w, user, ordinal, r)
	w.close("member")
}

func (f *Fleet) groupDetail(w *writer, ordinal int) {
	r := f.rng(group, ordinal)
	w.open("member")
	w.el("Path", "/")
	w.el("GroupName", f.id(group, ordinal))
	w.el("GroupId", iamID("AGPA", ordinal))
	w.el("Arn", f.iamARN(group, "group", ordinal))
	w.time("CreateDate", origin)
	w.raw("<GroupPolicyList/>")
	f.attached(w, r, "AttachedManagedPolicies")
	w.close("member")
}
