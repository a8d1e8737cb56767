package awscloud

// collectors lists the services that are read. Adding one is a file of its own and a line here.
func collectors() []*collector {
	return []*collector{
		accessAnalyzerCollector(),
		accountCollector(),
		acmCollector(),
		apiGatewayCollector(),
		appSyncCollector(),
		athenaCollector(),
		autoScalingCollector(),
		backupCollector(),
		cloudFormationCollector(),
		cloudFrontCollector(),
		cloudTrailCollector(),
		cloudWatchCollector(),
		codeBuildCollector(),
		codePipelineCollector(),
		cognitoUserPoolsCollector(),
		configCollector(),
		dynamoDBCollector(),
		ec2Collector(),
		ecrCollector(),
		ecsCollector(),
		efsCollector(),
		eksCollector(),
		elastiCacheCollector(),
		elbCollector(),
		emrCollector(),
		eventBridgeCollector(),
		firehoseCollector(),
		fsxCollector(),
		glacierCollector(),
		glueCollector(),
		guardDutyCollector(),
		iamCollector(),
		kafkaCollector(),
		kinesisCollector(),
		kmsCollector(),
		lambdaCollector(),
		lightsailCollector(),
		logsCollector(),
		memoryDBCollector(),
		openSearchCollector(),
		organizationsCollector(),
		rdsCollector(),
		redshiftCollector(),
		route53Collector(),
		s3Collector(),
		schedulerCollector(),
		secretsManagerCollector(),
		securityHubCollector(),
		serviceCatalogCollector(),
		snsCollector(),
		sqsCollector(),
		ssmCollector(),
		stepFunctionsCollector(),
		transferCollector(),
		wafCollector(),
		workSpacesCollector(),
	}
}

// accountActions are the actions of calls that no collector makes: which regions there are, and who changed
// what; and of the collector that is there only where it is asked for.
func accountActions() []string {
	return append([]string{actionDescribeRegions, actionLookupEvents}, cloudControlActions()...)
}
