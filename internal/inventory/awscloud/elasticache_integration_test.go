//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func elastiCacheOfMoto() motoService {
	return motoService{service: "elasticache", region: motoserver.Region, fill: func(t *testing.T, e *estate) map[string][]string {
		s, ctx, api := aws.String, t.Context(), elasticache.NewFromConfig(e.plainConfig())
		cluster := must(api.CreateCacheCluster(ctx, &elasticache.CreateCacheClusterInput{
			CacheClusterId: s("mem"), Engine: s("memcached"), CacheNodeType: s("cache.t3.micro"), NumCacheNodes: aws.Int32(1),
			Tags: []types.Tag{{Key: s("env"), Value: s("prod")}},
		}))(t).CacheCluster
		group := must(api.CreateReplicationGroup(ctx, &elasticache.CreateReplicationGroupInput{
			ReplicationGroupId: s("shop"), ReplicationGroupDescription: s("Shop"), Engine: s("redis"), CacheNodeType: s("cache.t4g.micro"),
			NumCacheClusters: aws.Int32(2),
		}))(t).ReplicationGroup
		return map[string][]string{"elasticache_cache_cluster": {*cluster.ARN}, "elasticache_replication_group": {*group.ARN}}
	}}
}
