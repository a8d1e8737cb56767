package awscloud

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
)

// record is what we read of a CloudTrail event (CloudTrail user guide, "CloudTrail record contents").
type record struct {
	EventID           string       `json:"eventID"`
	EventName         string       `json:"eventName"`
	EventSource       string       `json:"eventSource"` // "ec2.amazonaws.com"
	EventTime         time.Time    `json:"eventTime"`
	ErrorCode         string       `json:"errorCode"`
	ReadOnly          any          `json:"readOnly"` // a boolean; a string in some services' events
	SourceIPAddress   string       `json:"sourceIPAddress"`
	UserAgent         string       `json:"userAgent"`
	UserIdentity      userIdentity `json:"userIdentity"`
	RequestParameters any          `json:"requestParameters"`
	ResponseElements  any          `json:"responseElements"`
	Resources         []struct {
		ARN string `json:"ARN"`
	} `json:"resources"`
}

// userIdentity follows the CloudTrail user guide, "CloudTrail userIdentity element".
type userIdentity struct {
	Type           string `json:"type"`
	PrincipalID    string `json:"principalId"` // of sessions "AROA...:<session name>"
	ARN            string `json:"arn"`
	UserName       string `json:"userName"`
	InvokedBy      string `json:"invokedBy"`
	SessionContext struct {
		SessionIssuer struct {
			UserName string `json:"userName"`
		} `json:"sessionIssuer"`
	} `json:"sessionContext"`
	OnBehalfOf struct {
		UserID string `json:"userId"`
	} `json:"onBehalfOf"`
}

// maxRecord is the largest event that CloudTrail delivers, in bytes (CloudTrail user guide, "Quotas").
const maxRecord = 256 << 10

// parseRecord parses an event's JSON. It returns false for what isn't one.
func parseRecord(body string) (*record, bool) {
	if body == "" || len(body) > maxRecord {
		return nil, false
	}
	var r record
	if err := json.Unmarshal([]byte(body), &r); err != nil {
		return nil, false
	}
	return &r, true
}

func (r *record) readOnly() bool {
	return r.ReadOnly == true || r.ReadOnly == "true"
}

// service is the IAM prefix of the service that was called: "s3" of "s3.amazonaws.com".
func (r *record) service() string {
	name, _, _ := strings.Cut(r.EventSource, ".")
	if prefix, ok := eventPrefixes[name]; ok {
		return prefix
	}
	return name
}

// eventPrefixes are the event sources that are not called as their service's IAM prefix (CloudTrail user guide, "AWS
// service topics for CloudTrail").
var eventPrefixes = map[string]string{"amazonmq": "mq", "monitoring": "cloudwatch"}

// call is what was called, by the event's name: for most services that of the IAM action.
func (r *record) call() string {
	return r.service() + ":" + r.EventName
}

// maxText bounds what we keep of texts that callers choose.
const maxText = 256

// actor says whom to ask about the event.
func (r *record) actor() audit.Actor {
	u := r.UserIdentity
	a := audit.Actor{
		Status: audit.ActorKnown, ARN: short(u.ARN), Type: short(u.Type),
		SourceIP: short(r.SourceIPAddress), UserAgent: short(r.UserAgent),
	}
	_, session, _ := strings.Cut(u.PrincipalID, ":")
	switch u.Type {
	case "Root":
		a.Name = "root"
	case "AssumedRole", "WebIdentityUser", "SAMLUser", "FederatedUser", "Role":
		a.Name = cmp.Or(session, u.UserName, lastPart(u.ARN), u.SessionContext.SessionIssuer.UserName)
	case "AWSService":
		a.Name = cmp.Or(u.InvokedBy, r.SourceIPAddress)
	case "IdentityCenterUser":
		a.Name = cmp.Or(u.UserName, u.OnBehalfOf.UserID)
	case "AWSAccount":
		a.Name = cmp.Or(lastPart(u.ARN), u.PrincipalID)
	default: // IAMUser, Directory, Unknown and what may come
		a.Name = cmp.Or(u.UserName, lastPart(u.ARN), u.PrincipalID, u.InvokedBy)
	}
	a.Name = short(a.Name)
	if a.Name == "" {
		a.Status, a.Reason = audit.ActorUnknown, "the event does not say who made the call"
	}
	return a
}

// lastPart returns what follows the last slash or colon of an ARN.
func lastPart(arn string) string { return arn[strings.LastIndexAny(arn, "/:")+1:] }

func short(s string) string {
	if len(s) > maxText {
		return strings.ToValidUTF8(s[:maxText], "")
	}
	return s
}

// names collects what may name a resource, without repetition and bounded.
type names struct {
	list []string
	seen map[string]bool
}

const (
	maxNames = 200
	maxName  = 1024 // bytes; an ARN has at most 2048, those of the resources that we read fewer
	maxNest  = 12
)

func newNames() *names { return &names{seen: map[string]bool{}} }

func (n *names) add(s string) {
	if s == "" || len(s) > maxName || len(n.list) >= maxNames || n.seen[s] || strings.ContainsAny(s, " \n\t{<") {
		return
	}
	n.seen[s] = true
	n.list = append(n.list, s)
}

// names adds the resources that the event lists, and the strings of its parameters that look like a name, an id or an
// ARN: those without blanks and braces.
func (r *record) names(n *names) {
	for _, res := range r.Resources {
		n.add(res.ARN)
	}
	n.walk(r.RequestParameters, 0)
	n.walk(r.ResponseElements, 0)
}

func (n *names) walk(v any, depth int) {
	if depth > maxNest || len(n.list) >= maxNames {
		return
	}
	switch v := v.(type) {
	case string:
		n.add(v)
	case []any:
		for _, e := range v {
			n.walk(e, depth+1)
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			n.walk(v[k], depth+1)
		}
	}
}
