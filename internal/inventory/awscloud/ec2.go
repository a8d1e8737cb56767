package awscloud

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
)

// ec2Collector reads Amazon EC2 and what shares its API: machines, EBS, images and the network (EC2 API reference).
// External ids are ARNs, which are made here, since most of EC2's answers name resources by id only ("Resource types
// defined by Amazon EC2", Service Authorization Reference).
func ec2Collector() *collector {
	c := &collector{
		service:  "ec2",
		listings: slices.Concat(ec2InstanceListings(), ec2StorageListings(), ec2NetworkListings(), ec2TemplateListings(), ec2AccountListings()),
		events:   map[string]map[string][]string{},
	}
	var tagged []string
	for _, l := range c.listings {
		tagged = append(tagged, l.types...)
	}
	for _, events := range []map[string]map[string][]string{
		ec2InstanceEvents(), ec2StorageEvents(), ec2NetworkEvents(), ec2TemplateEvents(), ec2AccountEvents(),
	} {
		maps.Copy(c.events, events)
	}
	// Tags of everything are changed by the same two calls.
	tags := make(map[string][]string, len(tagged))
	for _, t := range tagged {
		if t != ec2AccountSettings {
			tags[t] = []string{"Tags"}
		}
	}
	tags["ec2_launch_template"] = []string{"TagSpecifications"}
	c.events["CreateTags"], c.events["DeleteTags"] = tags, tags
	return c
}

func ec2Client(s *session) *ec2.Client {
	return client(s, func(c aws.Config) *ec2.Client { return ec2.NewFromConfig(c) })
}

// ec2PageSize is the most that the Describe calls with pages of a thousand return at once.
const ec2PageSize = 1000

// ec2Listed makes the observation of a resource that EC2 names by its id: kind is the ARN's ("instance"). A resource
// without an id has no external id, at which emit fails. Without a Name tag its name is the id. The ARNs of images and
// snapshots have no account.
func ec2Listed(s *session, resourceType, kind string, id *string, config, facts object, tags []types.Tag) *audit.Observation {
	o := &audit.Observation{Type: resourceType, Config: config, Facts: facts, Tags: ec2Tags(tags)}
	if aws.ToString(id) != "" {
		account := s.account
		if kind == "image" || kind == "snapshot" {
			account = ""
		}
		o.ExternalID = "arn:" + s.partition + ":ec2:" + s.region + ":" + account + ":" + kind + "/" + *id
		o.Name = o.Tags["Name"]
		if o.Name == "" {
			o.Name = *id
		}
	}
	return o
}

// ec2Tags reads tags without reflection: there may be hundreds of thousands of resources.
func ec2Tags(tags []types.Tag) map[string]string {
	out := make(map[string]string, len(tags))
	for i := range tags {
		if tags[i].Key != nil {
			out[*tags[i].Key] = aws.ToString(tags[i].Value)
		}
	}
	return out
}

// ec2Pages emits what each page of a listing holds: fetch returns a page's items and the token of the next, one the
// observation of an item, nil where it is to be left out.
func ec2Pages[T any](
	ctx context.Context, s *session, out inventory.Emitter,
	fetch func(ctx context.Context, token *string) ([]T, *string, error), one func(item *T) *audit.Observation,
) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		items, next, err := fetch(ctx, token)
		if err != nil {
			return nil, err
		}
		for i := range items {
			o := one(&items[i])
			items[i] = *new(T) // a page of a thousand takes megabytes, and may wait long for the store
			if o == nil {
				continue
			}
			if err := s.emit(ctx, out, o); err != nil {
				return nil, err
			}
		}
		return next, nil
	})
}
