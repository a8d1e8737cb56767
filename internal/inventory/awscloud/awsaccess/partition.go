package awsaccess

import (
	"cmp"
	"regexp"
	"strings"
)

// regionName is what a region's name looks like.
var regionName = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$`)

// IsRegion tells whether a name can be a region's.
func IsRegion(name string) bool { return regionName.MatchString(name) }

// globalRegions are the regions that answer for services without regions, and that hold their events (IAM user
// guide, "AWS service endpoints"; CloudTrail user guide, "Global service events").
var globalRegions = map[string]string{"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}

// GlobalRegion returns the region of a partition ("aws", "aws-cn", "aws-us-gov") that answers for services without regions;
// "" for a partition that isn't known.
func GlobalRegion(partition string) string { return globalRegions[partition] }

// PartitionOf returns the partition that a region is in, by its name.
func PartitionOf(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

// firstRegion returns where to ask first about an account of an ARN's partition.
func firstRegion(arn string) string {
	_, rest, _ := strings.Cut(arn, ":")
	partition, _, _ := strings.Cut(rest, ":")
	return cmp.Or(globalRegions[partition], globalRegions["aws"])
}
