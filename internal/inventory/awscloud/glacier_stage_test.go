package awscloud

import "testing"

func TestGlacier(t *testing.T) {
	arn := "arn:aws:glacier:eu-west-1:123456789012:vaults/"
	policy := `{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"glacier:DeleteArchive\",\"Resource\":\"*\"}]}`
	(&staged{
		service: "glacier", region: "eu-west-1",
		answers: map[string]string{
			"ListVaults":     `{"VaultList":[{"VaultARN":"` + arn + `main","VaultName":"main","CreationDate":"2026-01-02T03:04:05.000Z","LastInventoryDate":"2026-02-02T03:04:05.000Z","NumberOfArchives":7,"SizeInBytes":70}],"Marker":"two"}`,
			"ListVaults two": `{"VaultList":[{"VaultARN":"` + arn + `bare","VaultName":"bare"},{"VaultARN":"` + arn + `gone","VaultName":"gone"}]}`,

			"ListTagsForVault main": `{"Tags":{"b":"2","a":"1"}}`, "ListTagsForVault bare": `{"Tags":{}}`, "ListTagsForVault gone": `!ResourceNotFoundException`,
			"GetVaultAccessPolicy main": `{"Policy":"` + policy + `"}`, "GetVaultAccessPolicy bare": `!ResourceNotFoundException`,
			"GetVaultLock main":          `{"Policy":"` + policy + `","State":"InProgress","ExpirationDate":"2026-02-03T03:04:05.000Z","CreationDate":"2026-02-02T03:04:05.000Z"}`,
			"GetVaultLock bare":          `!ResourceNotFoundException`,
			"GetVaultNotifications main": `{"SNSTopic":"t","Events":["InventoryRetrievalCompleted","ArchiveRetrievalCompleted"]}`,
			"GetVaultNotifications bare": `!ResourceNotFoundException`,
			// Where the tags are refused, nothing says that the vault is gone.
			"GetVaultAccessPolicy gone": `!ResourceNotFoundException`, "GetVaultLock gone": `!ResourceNotFoundException`,
			"GetVaultNotifications gone": `!ResourceNotFoundException`,
		},
		refusals: map[string]refusal{
			"glacier:ListVaults":       {fails: []string{glacierVault}},
			actionGlacierPolicy:        {unread: map[string][]string{glacierVault: {"AccessPolicy"}}},
			actionGlacierLock:          {unread: map[string][]string{glacierVault: {"VaultLock"}}},
			actionGlacierNotifications: {unread: map[string][]string{glacierVault: {"Notifications"}}},
			actionGlacierTags:          {unread: map[string][]string{glacierVault: {"Tags"}}},
		},
		counters: map[string]string{`"NumberOfArchives":7`: `"NumberOfArchives":8`, `"SizeInBytes":70`: `"SizeInBytes":80`},
	}).run(t)
}
