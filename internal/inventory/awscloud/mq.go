package awscloud

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/mq"
	"github.com/aws/aws-sdk-go-v2/service/mq/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

const (
	mqBroker = "mq_broker"
	// mqPage is the most that Amazon MQ lists at once.
	mqPage = 100
)

// mqDescribed are what DescribeBroker tells.
var mqDescribed = []string{
	"AuthenticationStrategy", "AutoMinorVersionUpgrade", "Configuration", "DataReplicationMode", "EncryptionOptions", "EngineVersion",
	"LdapServerMetadata", "Logs", "MaintenanceWindowStartTime", "PubliclyAccessible", "SecurityGroups", "StorageType", "SubnetIds",
	"Tags", "Users",
}

// mqCollector reads Amazon MQ (Amazon MQ REST API reference), whose IAM prefix is "mq".
func mqCollector() *collector {
	p := &mqProjectors{brokers: projectorOf(mqBroker, map[string]string{
		"DescribeBrokerOutput.Users": "", // see mqUsers
	})}
	broker := func(paths ...string) map[string][]string { return map[string][]string{mqBroker: paths} }
	return &collector{
		service: "mq",
		listings: []listing{{
			types: []string{mqBroker}, actions: []string{"mq:ListBrokers", "mq:DescribeBroker"}, page: mqPage,
			each:    eachOf("broker", "`ListBrokers` tells names, engines and states", "mq:DescribeBroker"),
			collect: p.collect,
		}},
		events: map[string]map[string][]string{
			"CreateTags": broker("Tags"),
			"CreateUser": broker("Users"),
			"DeleteTags": broker("Tags"),
			"DeleteUser": broker("Users"),
			"UpdateBroker": broker(
				"AuthenticationStrategy", "AutoMinorVersionUpgrade", "Configuration", "DataReplicationMode", "EngineVersion", "HostInstanceType",
				"LdapServerMetadata", "Logs", "MaintenanceWindowStartTime", "SecurityGroups",
			),
		},
	}
}

func mqClient(s *session) *mq.Client {
	return client(s, func(c aws.Config) *mq.Client { return mq.NewFromConfig(c) })
}

// mqProjectors turn the answers of the Amazon MQ API into configurations.
type mqProjectors struct{ brokers *shape.Projector }

func (p *mqProjectors) collect(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := mqClient(s).ListBrokers(ctx, &mq.ListBrokersInput{MaxResults: aws.Int32(mqPage), NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.BrokerSummaries, func(ctx context.Context, b types.BrokerSummary) error {
			o := &audit.Observation{
				Type: mqBroker, ExternalID: aws.ToString(b.BrokerArn), Name: aws.ToString(b.BrokerName), Config: p.brokers.Project(b),
				Facts: object{"BrokerState": told(b.BrokerState), "Created": b.Created},
			}
			mqUpper(o.Config)
			if b.BrokerState == types.BrokerStateDeletionInProgress || out.Done(o.Type, o.ExternalID) {
				return nil
			}
			err := ask(ctx, s, o, aside{paths: mqDescribed}, mqClient(s).DescribeBroker, &mq.DescribeBrokerInput{BrokerId: b.BrokerId},
				func(got *mq.DescribeBrokerOutput) { p.describe(o, got) })
			if err != nil {
				return err
			}
			return s.emit(ctx, out, o)
		})
	})
}

// describe puts what is in force into the configuration; what waits for the next reboot is a fact.
func (p *mqProjectors) describe(o *audit.Observation, b *mq.DescribeBrokerOutput) {
	c := o.Config
	maps.Copy(c, p.brokers.Project(b))
	mqUpper(c)
	c["Users"] = mqUsers(b.Users)
	pending := b.PendingAuthenticationStrategy != "" || b.PendingDataReplicationMode != "" || b.PendingEngineVersion != nil ||
		b.PendingHostInstanceType != nil || b.PendingLdapServerMetadata != nil || len(b.PendingSecurityGroups) > 0
	if b.Configurations != nil {
		c["Configuration"] = p.brokers.ProjectAt("Configuration", b.Configurations.Current)
		pending = pending || b.Configurations.Pending != nil
	}
	var addresses []string
	for i := range b.BrokerInstances {
		if at := b.BrokerInstances[i].IpAddress; at != nil {
			addresses = append(addresses, *at)
		}
	}
	slices.Sort(addresses)
	o.Facts["IpAddresses"], o.Facts["PendingModifications"] = addresses, pending || b.Logs != nil && b.Logs.Pending != nil
}

// mqUpper writes words as one declares them: the API answers ActiveMQ, simple and efs as well.
func mqUpper(config object) {
	for _, name := range []string{"AuthenticationStrategy", "EngineType", "StorageType"} {
		if word, ok := config[name].(string); ok {
			config[name] = strings.ToUpper(word)
		}
	}
}

// mqUsers returns the users of an ActiveMQ broker by name, without those that go with the next reboot. RabbitMQ keeps its
// own, of which the API doesn't know.
func mqUsers(list []types.UserSummary) []object {
	out := make([]object, 0, len(list))
	for _, u := range list {
		if u.PendingChange != types.ChangeTypeDelete {
			out = append(out, object{"Username": u.Username})
		}
	}
	return out
}
