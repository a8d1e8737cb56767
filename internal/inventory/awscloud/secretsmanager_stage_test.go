package awscloud

import "testing"

const secretARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:"

func secretsManagerAnswers() map[string]string {
	return map[string]string{
		"ListSecrets": `{"SecretList":[{"ARN":"` + secretARN + `orders-AbCdEf","Name":"orders","Description":"Orders","KmsKeyId":"` + testKey + `own","RotationEnabled":true,
"RotationLambdaARN":"` + lambdaARN + `rotate","RotationRules":{"AutomaticallyAfterDays":30},"CreatedDate":1767225600,"LastAccessedDate":1767229200,"LastRotatedDate":1767225600,
"Tags":[{"Key":"env","Value":"prod"},{"Key":"a","Value":""}],"SecretVersionsToStages":{"v1":["AWSCURRENT"]},"OwningService":"rds"},
{"ARN":"` + secretARN + `going-AbCdEf","Name":"going","DeletedDate":1767225600}],"NextToken":"two"}`,
		"ListSecrets two":   `{"SecretList":[{"ARN":"` + secretARN + `bare-AbCdEf"},{"ARN":"` + secretARN + `plain-AbCdEf","Name":"plain","RotationEnabled":true}]}`,
		"GetResourcePolicy": `{}`,
		"GetResourcePolicy " + secretARN + "orders-AbCdEf": `{"ResourcePolicy":"` + openDocument + `"}`,
	}
}

func TestSecretsManager(t *testing.T) {
	(&staged{
		service: "secretsmanager", region: "eu-west-1",
		answers: secretsManagerAnswers(),
		refusals: map[string]refusal{
			"secretsmanager:ListSecrets":       {fails: []string{"secretsmanager_secret"}},
			"secretsmanager:GetResourcePolicy": {unread: map[string][]string{"secretsmanager_secret": {secretPolicy}}},
		},
		counters: map[string]string{
			`"LastAccessedDate":1767229200`: `"LastAccessedDate":1767312000`,
			`"v1":`:                         `"v2":`,
		},
		variants: map[string]variant{
			"a token that repeats fails the listing": {
				answers: map[string]string{"ListSecrets two": `{"NextToken":"two"}`},
				fails:   []string{"secretsmanager_secret"},
			},
			"an answer cut short fails the listing": {
				answers: map[string]string{"ListSecrets two": `{"SecretList":[{`},
				fails:   []string{"secretsmanager_secret"},
			},
			"a secret without an ARN fails the listing": {
				answers: map[string]string{"ListSecrets two": `{"SecretList":[{"Name":"x"}]}`},
				fails:   []string{"secretsmanager_secret"},
			},
			"orders is gone when GetResourcePolicy is called": {
				answers: map[string]string{"GetResourcePolicy " + secretARN + "orders-AbCdEf": "!ResourceNotFoundException"},
				gone:    "secretsmanager_secret orders",
			},
		},
	}).run(t)
}
