package awscloud

import "testing"

const secretARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:"

func secretsManagerWire() *wire {
	return &wire{answers: map[string]string{
		"ListSecrets@": `{"SecretList":[{"ARN":"` + secretARN + `orders-AbCdEf","Name":"orders","Description":"Orders","KmsKeyId":"` + testKey + `own","RotationEnabled":true,
"RotationLambdaARN":"` + lambdaARN + `rotate","RotationRules":{"AutomaticallyAfterDays":30},"CreatedDate":1767225600,"LastAccessedDate":1767229200,"LastRotatedDate":1767225600,
"Tags":[{"Key":"env","Value":"prod"},{"Key":"a","Value":""}],"SecretVersionsToStages":{"v1":["AWSCURRENT"]},"OwningService":"rds"},
{"ARN":"` + secretARN + `going-AbCdEf","Name":"going","DeletedDate":1767225600}],"NextToken":"two"}`,
		"ListSecrets@two":   `{"SecretList":[{"ARN":"` + secretARN + `bare-AbCdEf"},{"ARN":"` + secretARN + `plain-AbCdEf","Name":"plain","RotationEnabled":true}]}`,
		"GetResourcePolicy": `{}`,
		"GetResourcePolicy " + secretARN + "orders-AbCdEf": `{"ResourcePolicy":"` + openDocument + `"}`,
	}}
}

func TestSecretsManager(t *testing.T) {
	trial{
		service: "secretsmanager", wire: secretsManagerWire,
		want: map[string]wanted{
			"secretsmanager_secret bare-AbCdEf": {id: secretARN + "bare-AbCdEf", config: object{}, facts: object{}},
			"secretsmanager_secret plain": {
				id: secretARN + "plain-AbCdEf", config: object{"Name": "plain"}, facts: object{"RotationEnabled": true},
			},
			"secretsmanager_secret orders": {
				id: secretARN + "orders-AbCdEf",
				config: object{
					"Name": "orders", "Description": "Orders", "KmsKeyId": testKey + "own", secretPolicy: object{"ResourcePolicy": openPolicy()},
					secretRotation: object{"RotationLambdaARN": lambdaARN + "rotate", "RotationRules": object{"AutomaticallyAfterDays": int64(30)}},
					"Tags":         []any{object{"Key": "a", "Value": ""}, object{"Key": "env", "Value": "prod"}},
				},
				facts: object{
					"CreatedDate": "2026-01-01T00:00:00Z", "LastAccessedDate": "2026-01-01T00:00:00Z", "LastRotatedDate": "2026-01-01T00:00:00Z", "OwningService": "rds",
					"RotationEnabled": true,
				},
			},
		},
		calls: map[string]int{"ListSecrets": 2, "GetResourcePolicy": 3},
		refused: map[string]lost{
			"ListSecrets":       {failed: []string{"secretsmanager_secret"}},
			"GetResourcePolicy": {unread: map[string][]string{"secretsmanager_secret": {secretPolicy}}},
		},
		hostile: map[string]hostile{
			"a token that repeats fails the listing":    {map[string]string{"ListSecrets@two": `{"NextToken":"two"}`}, "secretsmanager_secret"},
			"an answer cut short fails the listing":     {map[string]string{"ListSecrets@two": `{"SecretList":[{`}, "secretsmanager_secret"},
			"a secret without an ARN fails the listing": {map[string]string{"ListSecrets@two": `{"SecretList":[{"Name":"x"}]}`}, "secretsmanager_secret"},
		},
		gone:    map[string]string{"GetResourcePolicy " + secretARN + "orders-AbCdEf=ResourceNotFoundException gone": "secretsmanager_secret orders"},
		swaps:   [][2]string{openSwap(), {`{"Key":"env","Value":"prod"}`, `{"Key":"a","Value":""}`}},
		changes: [][2]string{{`"LastAccessedDate":1767229200`, `"LastAccessedDate":1767312000`}, {`"v1":`, `"v2":`}},
	}.run(t)
}
