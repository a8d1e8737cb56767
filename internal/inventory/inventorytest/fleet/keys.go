package fleet

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/infraudit/infraudit/internal/demo/awscall"
)

// object is a JSON object; encoding/json sorts its keys, and clients don't care.
type object map[string]any

// json answers the services that speak JSON: KMS with the fleet's keys, CloudTrail with neither trails nor events.
func (f *Fleet) json(call awscall.Call) awscall.Answer {
	out := object{}
	switch call.Operation {
	case "ListKeys":
		f.keyPage(out, call, "Keys", 1000, func(ordinal int) object {
			return object{"KeyId": f.id(key, ordinal), "KeyArn": f.keyARN(ordinal)}
		})
	case "ListAliases":
		f.keyPage(out, call, "Aliases", 100, func(ordinal int) object {
			name := "alias/fleet-" + f.id(key, ordinal)[:8]
			return object{
				"AliasName": name, "AliasArn": strings.Replace(f.keyARN(ordinal), "key/"+f.id(key, ordinal), name, 1),
				"TargetKeyId": f.id(key, ordinal), "CreationDate": origin.Unix(),
			}
		})
	case "DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus", "ListResourceTags":
		ordinal, ok := f.keyNamed(call)
		if !ok {
			return awscall.Failure(call.Service, http.StatusBadRequest, "NotFoundException", "Key does not exist")
		}
		out = f.keyDetail(call.Operation, ordinal)
	case "DescribeTrails":
		out["trailList"] = []object{}
	case "ListTrails":
		out["Trails"] = []object{}
	case "LookupEvents":
		out["Events"] = []object{}
	}
	body, err := json.Marshal(out)
	if err != nil {
		return awscall.Failure(call.Service, http.StatusInternalServerError, "InternalFailure", err.Error())
	}
	return ok(body)
}

func (f *Fleet) keyARN(ordinal int) string {
	return "arn:aws:kms:" + f.o.Regions[ordinal%len(f.o.Regions)] + ":" + Account + ":key/" + f.id(key, ordinal)
}

func (f *Fleet) keyNamed(call awscall.Call) (ordinal int, ok bool) {
	asked := call.Params["KeyId"]
	id := asked[strings.LastIndexByte(asked, '/')+1:]
	for _, ordinal := range f.order(key, f.regionIndex(call.Region)) {
		if f.id(key, ordinal) == id {
			return ordinal, true
		}
	}
	return 0, false
}

func (f *Fleet) keyPage(out object, call awscall.Call, name string, most int, item func(ordinal int) object) {
	order := f.order(key, f.regionIndex(call.Region))
	from, to, next := page(len(order), call.Params["Marker"], call.PageSize, most)
	list := []object{}
	for _, ordinal := range order[from:to] {
		list = append(list, item(ordinal))
	}
	if f.o.RepeatToken != nil && f.o.RepeatToken(call.Action()) {
		if next = call.Params["Marker"]; next == "" {
			next = "1"
		}
	}
	out[name], out["Truncated"] = list, next != ""
	if next != "" {
		out["NextMarker"] = next
	}
}

func (f *Fleet) keyDetail(operation string, ordinal int) object {
	r := f.rng(key, ordinal)
	switch operation {
	case "GetKeyPolicy":
		return object{"PolicyName": "default", "Policy": document(r,
			statement{sid: "Root", effect: "Allow", principal: Account, actions: []string{"kms:*"}, resources: []string{"*"}},
			statement{sid: "Logs", effect: "Allow", principal: "logs.amazonaws.com", actions: []string{"kms:Encrypt", "kms:Decrypt"}, resources: []string{"*"}})}
	case "GetKeyRotationStatus":
		return object{"KeyRotationEnabled": true, "RotationPeriodInDays": 365, "KeyId": f.keyARN(ordinal)}
	case "ListResourceTags":
		tags := []object{}
		for _, t := range f.tags(key, ordinal, r) {
			tags = append(tags, object{"TagKey": t.key, "TagValue": t.value})
		}
		return object{"Tags": tags, "Truncated": false}
	}
	return object{"KeyMetadata": object{
		"AWSAccountId": Account, "KeyId": f.id(key, ordinal), "Arn": f.keyARN(ordinal), "CreationDate": origin.Unix(),
		"Enabled": true, "Description": "key of the fleet", "KeyUsage": "ENCRYPT_DECRYPT", "KeyState": "Enabled", "Origin": "AWS_KMS",
		"KeyManager": "CUSTOMER", "KeySpec": "SYMMETRIC_DEFAULT", "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT", "MultiRegion": false,
		"EncryptionAlgorithms": shuffled(r, "SYMMETRIC_DEFAULT"),
	}}
}
