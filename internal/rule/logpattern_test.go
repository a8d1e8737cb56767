package rule

import "testing"

func TestLogPatternsCatchWhatCloudWatchWouldCount(t *testing.T) {
	rootUse := map[string]any{
		"eventName": "CreateUser", "eventType": "AwsApiCall", "sourceIPAddress": "203.0.113.7", "count": int64(3), "readOnly": false,
		"userIdentity": map[string]any{"type": "Root"},
		"resources":    []any{map[string]any{"ARN": "arn:aws:s3:::logs"}, map[string]any{"ARN": "arn:aws:s3:::data"}},
		"errorCode":    "Client.UnauthorizedOperation", "errorMessage": nil,
	}
	for name, test := range map[string]struct {
		pattern string
		want    bool
	}{
		"an empty pattern is everything":               {"", true},
		"a comparison in quotes":                       {`{ $.userIdentity.type = "Root" }`, true},
		"one without quotes or blanks":                 {`{$.userIdentity.type=Root}`, true},
		"another value":                                {`{ $.userIdentity.type = "IAMUser" }`, false},
		"case matters":                                 {`{ $.userIdentity.type = "root" }`, false},
		"a field that isn't there":                     {`{ $.userIdentity.invokedBy NOT EXISTS }`, true},
		"not exists of one that is":                    {`{ $.userIdentity.type NOT EXISTS }`, false},
		"unlike":                                       {`{ $.eventType != "AwsServiceEvent" }`, true},
		"unlike something that isn't there":            {`{ $.nothing != "x" }`, false},
		"the benchmark's pattern":                      {`{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }`, true},
		"the terms in another order, with parentheses": {`{ ($.eventType != "AwsServiceEvent") && (($.userIdentity.invokedBy NOT EXISTS) && ($.userIdentity.type = "Root")) }`, true},
		"and binds closer than or":                     {`{ $.eventName = "CreateUser" || $.eventName = "X" && $.eventType = "Y" }`, true},
		"parentheses bind closer than and":             {`{ ($.eventName = "CreateUser" || $.eventName = "X") && $.eventType = "Y" }`, false},
		"an asterisk before":                           {`{ $.errorCode = "*UnauthorizedOperation" }`, true},
		"an asterisk without quotes":                   {`{ $.errorCode = *Unauthorized* }`, true},
		"a dot is a dot":                               {`{ $.errorCode = "Client-Unauthorized*" }`, false},
		"a regular expression":                         {`{ $.eventName = %Create|Delete% }`, true},
		"a regular expression that is anchored":        {`{ $.eventName = %^User% }`, false},
		"numbers":                                      {`{ $.count >= 3 && $.count < 4 && $.count = 3 }`, true},
		"a number that is too small":                   {`{ $.count > 3 }`, false},
		"a text is no number":                          {`{ $.eventName > 3 }`, false},
		"is false":                                     {`{ $.readOnly IS FALSE }`, true},
		"is true":                                      {`{ $.readOnly IS TRUE }`, false},
		"is null":                                      {`{ $.errorMessage IS NULL }`, true},
		"an element":                                   {`{ $.resources[1].ARN = "*data" }`, true},
		"an element beyond the end":                    {`{ $.resources[2].ARN = "*data" }`, false},
		"any element":                                  {`{ $.resources[*].ARN = "*logs" }`, true},
		"a name in brackets":                           {`{ $.["eventName"] = "CreateUser" }`, true},
		"terms":                                        {`CreateUser Root`, true},
		"terms of which one is missing":                {`CreateUser IAMUser`, false},
		"terms of which one is enough":                 {`?CreateUser ?DeleteUser`, true},
		"terms of which none is there":                 {`?UpdateUser ?DeleteUser`, false},
		"a term that must not be there":                {`CreateUser -"Root"`, false},
		"a pattern of columns":                         {`[a, b, c]`, false},
		"no end":                                       {`{ $.eventName = "CreateUser"`, false},
		"something after the end":                      {`{ $.eventName = "CreateUser" } x`, false},
		"no selector":                                  {`{ eventName = "CreateUser" }`, false},
		"nothing to compare with":                      {`{ $.eventName = }`, false},
		"no condition":                                 {`{ }`, false},
		"a broken regular expression":                  {`{ $.eventName = %[% }`, false},
		"a quote that doesn't end":                     {`{ $.eventName = "CreateUser }`, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := catches(test.pattern, rootUse); got != test.want {
				t.Errorf("catches(%q) = %v", test.pattern, got)
			}
		})
	}
}

func FuzzLogPatterns(f *testing.F) {
	f.Add(`{ $.userIdentity.type = "Root" && ($.a[0] NOT EXISTS || $.b IS TRUE) }`)
	f.Add(`?a -"b" c`)
	f.Add("{ $.eventName = \xff }")
	f.Add(`{ $.eventName = %Create|Delete% }`)
	event := map[string]any{"eventName": "CreateUser", "a": []any{"x"}}
	f.Fuzz(func(_ *testing.T, pattern string) { catches(pattern, event) })
}
