package awscloud

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	dms "github.com/aws/aws-sdk-go-v2/service/databasemigrationservice"
	"github.com/aws/aws-sdk-go-v2/service/databasemigrationservice/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

const (
	dmsEndpoint = "dms_endpoint"
	dmsInstance = "dms_replication_instance"
	dmsTask     = "dms_replication_task"

	actionDMSTags = "dms:ListTagsForResource"
	// dmsPage is the most that DMS returns at once.
	dmsPage = 100
	// dmsTagged is how many resources' tags are asked for at once. DMS states no limit.
	dmsTagged = 20
	// dmsDeleting is what is on its way out.
	dmsDeleting = "deleting"
)

// dmsCollector reads AWS Database Migration Service (DMS API reference), whose IAM prefix is "dms".
func dmsCollector() *collector {
	p := &dmsProjectors{
		endpoints: projectorOf(dmsEndpoint, nil),
		instances: projectorOf(dmsInstance, map[string]string{"ReplicationInstance.AvailabilityZone": ""}), // see instance
		tasks: projectorOf(dmsTask, map[string]string{
			"ReplicationTask.ReplicationTaskSettings": "", "ReplicationTask.TableMappings": "", // see task
		}),
	}
	tagged := func(typ, action, of string, collect func(context.Context, *session, inventory.Emitter) error) listing {
		return listing{
			types: []string{typ}, actions: []string{"dms:" + action, actionDMSTags}, page: dmsPage,
			each:    []each{{action: actionDMSTags, of: of, batch: dmsTagged, because: "`" + action + "` leaves tags out"}},
			collect: collect,
		}
	}
	tags := map[string][]string{dmsEndpoint: {"Tags"}, dmsInstance: {"Tags"}, dmsTask: {"Tags"}}
	return &collector{
		service: "dms",
		listings: []listing{
			tagged(dmsInstance, "DescribeReplicationInstances", "replication instance", p.collectInstances),
			tagged(dmsEndpoint, "DescribeEndpoints", "endpoint", p.collectEndpoints),
			tagged(dmsTask, "DescribeReplicationTasks", "task", p.collectTasks),
		},
		events: map[string]map[string][]string{
			"AddTagsToResource":      tags,
			"MoveReplicationTask":    {dmsTask: {"ReplicationInstanceArn"}},
			"RemoveTagsFromResource": tags,
		},
	}
}

func dmsClient(s *session) *dms.Client {
	return client(s, func(c aws.Config) *dms.Client { return dms.NewFromConfig(c) })
}

// dmsProjectors turn the answers of the DMS API into configurations.
type dmsProjectors struct{ endpoints, instances, tasks *shape.Projector }

// emitDMS reads tags, which no listing tells, and hands over.
func emitDMS(ctx context.Context, s *session, out inventory.Emitter, p *shape.Projector, all []*audit.Observation) error {
	all = slices.DeleteFunc(all, func(o *audit.Observation) bool { return out.Done(o.Type, o.ExternalID) })
	return forEach(ctx, s, slices.Collect(slices.Chunk(all, dmsTagged)), func(ctx context.Context, some []*audit.Observation) error {
		some, err := s.batch(ctx, some, []string{"Tags"}, func(ctx context.Context, some []*audit.Observation) error {
			return readDMSTags(ctx, s, p, some)
		})
		if err != nil {
			return err
		}
		for _, o := range some {
			if err := s.emit(ctx, out, o); err != nil {
				return err
			}
		}
		return nil
	})
}

func readDMSTags(ctx context.Context, s *session, p *shape.Projector, some []*audit.Observation) error {
	arns, tags := make([]string, 0, len(some)), map[string][]types.Tag{}
	for _, o := range some {
		if o.ExternalID != "" {
			arns = append(arns, o.ExternalID)
		}
	}
	if len(arns) == 0 {
		return nil
	}
	got, err := dmsClient(s).ListTagsForResource(ctx, &dms.ListTagsForResourceInput{ResourceArnList: arns})
	if err != nil {
		return err
	}
	for _, t := range got.TagList {
		arn := aws.ToString(t.ResourceArn)
		tags[arn] = append(tags[arn], t)
	}
	for _, o := range some {
		o.Config["Tags"] = p.ProjectAt("Tags", tags[o.ExternalID])
	}
	return nil
}

func (p *dmsProjectors) collectInstances(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := dmsClient(s).DescribeReplicationInstances(ctx, &dms.DescribeReplicationInstancesInput{
			Marker: token, MaxRecords: aws.Int32(dmsPage),
		})
		if err != nil {
			return nil, err
		}
		all := make([]*audit.Observation, 0, len(page.ReplicationInstances))
		for i := range page.ReplicationInstances {
			r := &page.ReplicationInstances[i]
			if status := aws.ToString(r.ReplicationInstanceStatus); status != dmsDeleting && status != "deleted" {
				all = append(all, p.instance(r))
			}
		}
		return page.Marker, emitDMS(ctx, s, out, p.instances, all)
	})
}

// instance makes the observation of a replication instance. Where one is in several zones, one may not choose which, and
// they change places when one fails.
func (p *dmsProjectors) instance(r *types.ReplicationInstance) *audit.Observation {
	c := p.instances.Project(r)
	if r.AllocatedStorage == 0 { // which the answer left out
		delete(c, "AllocatedStorage")
	}
	if !r.MultiAZ {
		c["AvailabilityZone"] = r.AvailabilityZone
	}
	if g := r.ReplicationSubnetGroup; g != nil {
		c["ReplicationSubnetGroupIdentifier"] = g.ReplicationSubnetGroupIdentifier
	}
	var groups []*string
	for _, g := range r.VpcSecurityGroups {
		if aws.ToString(g.Status) != "removing" {
			groups = append(groups, g.VpcSecurityGroupId)
		}
	}
	c["VpcSecurityGroupIds"] = groups
	o := &audit.Observation{
		Type: dmsInstance, ExternalID: aws.ToString(r.ReplicationInstanceArn), Name: aws.ToString(r.ReplicationInstanceIdentifier), Config: c,
		Facts: object{
			"AvailabilityZone": r.AvailabilityZone, "InstanceCreateTime": r.InstanceCreateTime,
			"PendingModifications":                  r.PendingModifiedValues != nil && plain(r.PendingModifiedValues) != nil,
			"ReplicationInstancePrivateIpAddresses": slices.Sorted(slices.Values(r.ReplicationInstancePrivateIpAddresses)),
			"ReplicationInstancePublicIpAddresses":  slices.Sorted(slices.Values(r.ReplicationInstancePublicIpAddresses)),
			"ReplicationInstanceStatus":             r.ReplicationInstanceStatus, "SecondaryAvailabilityZone": r.SecondaryAvailabilityZone,
		},
	}
	if g := r.ReplicationSubnetGroup; g != nil {
		o.Facts["VpcId"] = g.VpcId
	}
	return o
}
