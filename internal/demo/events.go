package demo

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/infraudit/infraudit/internal/demo/awscall"
	"github.com/infraudit/infraudit/internal/demo/estate"
)

// eventsFile holds the account's CloudTrail events, in the order in which they happened.
const eventsFile = "written/events.json"

// event is one line of the events file.
type event struct {
	// Region is where LookupEvents tells of it: us-east-1 for global services.
	Region string `json:"region"`
	// Ago is how long before the start it happened; empty for the events between the two states.
	Ago string `json:"ago,omitempty"`
	// Resources are what LookupEvents lists beside the record.
	Resources []eventResource `json:"resources,omitempty"`
	// Record is the CloudTrail record, without what the server knows: eventTime, eventID, awsRegion, account.
	Record map[string]any `json:"record"`

	age   time.Duration
	place int // among the events between the states, from 0
	of    int // how many those are
}

type eventResource struct {
	ResourceType string `json:"ResourceType"`
	ResourceName string `json:"ResourceName"`
}

// period is when the changes happened; from and to are zero before they did.
type period struct{ start, from, to time.Time }

func loadEvents(files fs.FS) ([]event, error) {
	data, err := fs.ReadFile(files, eventsFile)
	if err != nil {
		return nil, fmt.Errorf("read the demo's events: %w", err)
	}
	var events []event
	if err := json.Unmarshal(data, &events); err != nil {
		return nil, fmt.Errorf("%s: %w", eventsFile, err)
	}
	between := 0
	for i := range events {
		e := &events[i]
		if e.Ago == "" {
			e.place = between
			between++
			continue
		}
		if e.age, err = estate.ParseAge(e.Ago); err != nil {
			return nil, fmt.Errorf("%s: %w", eventsFile, err)
		}
	}
	for i := range events {
		events[i].of = between
	}
	return events, nil
}

// at is when the event happened; false when it hasn't yet. The events between the states are spread evenly over
// the time between what was last seen of the first and the beginning of the second.
func (e *event) at(p period) (time.Time, bool) {
	if e.Ago != "" {
		return p.start.Add(-e.age), true
	}
	if p.to.IsZero() {
		return time.Time{}, false
	}
	step := p.to.Sub(p.from) / time.Duration(e.of+1)
	return p.from.Add(step * time.Duration(e.place+1)), true
}

// wireEvent is an event as LookupEvents returns it (CloudTrail API reference, "Event").
type wireEvent struct {
	EventID         string          `json:"EventId"`
	EventName       string          `json:"EventName"`
	ReadOnly        string          `json:"ReadOnly"`
	AccessKeyID     string          `json:"AccessKeyId,omitempty"`
	EventTime       json.Number     `json:"EventTime"` // seconds since the epoch
	EventSource     string          `json:"EventSource"`
	Username        string          `json:"Username,omitempty"`
	Resources       []eventResource `json:"Resources"`
	CloudTrailEvent string          `json:"CloudTrailEvent"` // the record, as JSON
}

func (e *event) wire(at time.Time, index int) (wireEvent, error) {
	id := uuid.NewSHA1(uuid.NameSpaceURL, fmt.Appendf(nil, "demo event %d", index)).String()
	record := map[string]any{
		"eventVersion": "1.11", "eventType": "AwsApiCall", "eventCategory": "Management", "managementEvent": true,
		"eventTime": at.Format("2006-01-02T15:04:05.000Z"), "eventID": id, "awsRegion": e.Region, "recipientAccountId": Account,
	}
	maps.Copy(record, e.Record)
	text, err := json.Marshal(record)
	if err != nil {
		return wireEvent{}, fmt.Errorf("demo event %d: %w", index, err)
	}
	w := wireEvent{
		EventID: id, EventName: stringAt(record, "eventName"), EventSource: stringAt(record, "eventSource"),
		EventTime: json.Number(strconv.FormatFloat(float64(at.UnixMilli())/1000, 'f', 3, 64)),
		ReadOnly:  "false", Resources: e.Resources, CloudTrailEvent: string(text),
		Username:    username(record),
		AccessKeyID: stringAt(record, "userIdentity", "accessKeyId"),
	}
	if readOnly, ok := record["readOnly"].(bool); ok && readOnly {
		w.ReadOnly = "true"
	}
	return w, nil
}

// username is the name that LookupEvents shows: the IAM user's, the role's session, or root.
func username(record map[string]any) string {
	switch stringAt(record, "userIdentity", "type") {
	case "AssumedRole":
		_, session, _ := cutLast(stringAt(record, "userIdentity", "arn"), "/")
		return session
	case "Root":
		return "root"
	}
	return stringAt(record, "userIdentity", "userName")
}

// lookupInput is what a LookupEvents call asks, beside its page.
type lookupInput struct {
	from, to   float64 // seconds since the epoch; to is 0 for no bound
	attributes []struct{ AttributeKey, AttributeValue string }
	offset     int
	size       int
}

const lookupPage = 50 // the API's default and most

func readLookup(c awscall.Call) (in lookupInput, err error) {
	in.size = lookupPage
	if raw := c.Params["LookupAttributes"]; raw != "" {
		if err := json.Unmarshal([]byte(raw), &in.attributes); err != nil {
			return in, fmt.Errorf("LookupAttributes: %w", err)
		}
	}
	for name, to := range map[string]*float64{"StartTime": &in.from, "EndTime": &in.to} {
		if raw := c.Params[name]; raw != "" {
			if *to, err = strconv.ParseFloat(raw, 64); err != nil {
				return in, fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	if raw := c.Params["NextToken"]; raw != "" {
		if in.offset, err = strconv.Atoi(raw); err != nil || in.offset < 0 {
			return in, fmt.Errorf("NextToken: %q is none of ours", raw)
		}
	}
	if c.PageSize != "" {
		if in.size, err = strconv.Atoi(c.PageSize); err != nil || in.size < 1 || in.size > lookupPage {
			return in, fmt.Errorf("MaxResults: %q is not from 1 to %d", c.PageSize, lookupPage)
		}
	}
	return in, nil
}

// lookup answers LookupEvents from the events that have happened, newest first.
func lookup(events []event, c awscall.Call, p period) awscall.Answer {
	in, err := readLookup(c)
	if err != nil {
		return awscall.Failure(c.Service, http.StatusBadRequest, "InvalidLookupAttributesException", err.Error())
	}
	found := []wireEvent{}
	for i := range events {
		at, happened := events[i].at(p)
		if !happened || events[i].Region != c.Region {
			continue
		}
		w, err := events[i].wire(at, i)
		if err != nil {
			return awscall.Failure(c.Service, http.StatusInternalServerError, "InternalFailure", err.Error())
		}
		if in.matches(w) {
			found = append(found, w)
		}
	}
	slices.Reverse(found) // the file is oldest first
	return page(c.Service, found, in.offset, in.size)
}

func page(service string, found []wireEvent, offset, size int) awscall.Answer {
	from := min(offset, len(found))
	to := min(from+size, len(found))
	out := map[string]any{"Events": found[from:to]}
	if to < len(found) {
		out["NextToken"] = strconv.Itoa(to)
	}
	body, err := json.Marshal(out)
	if err != nil {
		return awscall.Failure(service, http.StatusInternalServerError, "InternalFailure", err.Error())
	}
	return awscall.Answer{Status: http.StatusOK, Body: body}
}

func (in lookupInput) matches(w wireEvent) bool {
	at, err := w.EventTime.Float64()
	if err != nil || at < in.from || in.to != 0 && at > in.to {
		return false
	}
	for _, a := range in.attributes {
		if !w.has(a.AttributeKey, a.AttributeValue) {
			return false
		}
	}
	return true
}

// has tells whether the event has an attribute of that value (CloudTrail API reference, "LookupAttribute").
func (w wireEvent) has(key, value string) bool {
	switch key {
	case "AccessKeyId":
		return w.AccessKeyID == value
	case "EventId":
		return w.EventID == value
	case "EventName":
		return w.EventName == value
	case "EventSource":
		return w.EventSource == value
	case "ReadOnly":
		return w.ReadOnly == value
	case "Username":
		return w.Username == value
	case "ResourceName":
		return slices.ContainsFunc(w.Resources, func(r eventResource) bool { return r.ResourceName == value })
	case "ResourceType":
		return slices.ContainsFunc(w.Resources, func(r eventResource) bool { return r.ResourceType == value })
	}
	return false
}
