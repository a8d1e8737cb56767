package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
	"github.com/infraudit/infraudit/internal/shape"
)

// configCollector reads AWS Config (Config API reference). None of its answers has pages.
func configCollector() *collector {
	p := &configProjectors{recorders: projectorOf("config_configuration_recorder", nil), channels: projectorOf("config_delivery_channel", nil)}
	recorder := func(paths ...string) map[string][]string {
		return map[string][]string{"config_configuration_recorder": paths}
	}
	return &collector{
		service: "config",
		listings: []listing{
			{
				types:   []string{"config_configuration_recorder"},
				actions: []string{"config:DescribeConfigurationRecorders", "config:DescribeConfigurationRecorderStatus"}, collect: p.collectRecorders,
			},
			{types: []string{"config_delivery_channel"}, actions: []string{"config:DescribeDeliveryChannels"}, collect: p.collectChannels},
		},
		events: map[string]map[string][]string{
			"PutConfigurationRecorder":   recorder("RecordingGroup", "RecordingMode", "RoleARN"),
			"StartConfigurationRecorder": recorder("Recording"),
			"StopConfigurationRecorder":  recorder("Recording"),
		},
	}
}

func configClient(s *session) *configservice.Client {
	return client(s, func(c aws.Config) *configservice.Client { return configservice.NewFromConfig(c) })
}

// configProjectors turn the answers of the Config API into configurations.
type configProjectors struct{ recorders, channels *shape.Projector }

// collectRecorders emits the recorders, with whether they record: that can be set, and is what matters most, though
// CloudFormation can't declare it.
func (p *configProjectors) collectRecorders(ctx context.Context, s *session, out inventory.Emitter) error {
	got, err := configClient(s).DescribeConfigurationRecorders(ctx, &configservice.DescribeConfigurationRecordersInput{})
	if err != nil || len(got.ConfigurationRecorders) == 0 {
		return err
	}
	status := map[string]*types.ConfigurationRecorderStatus{}
	all, refused := configClient(s).DescribeConfigurationRecorderStatus(ctx, &configservice.DescribeConfigurationRecorderStatusInput{})
	if err := fatal(ctx, refused); err != nil {
		return err
	}
	if refused == nil {
		for i := range all.ConfigurationRecordersStatus {
			r := &all.ConfigurationRecordersStatus[i]
			status[aws.ToString(r.Name)] = r
		}
	}
	for i := range got.ConfigurationRecorders {
		r := &got.ConfigurationRecorders[i]
		o := p.recorder(s, r)
		if refused != nil {
			setUnread(o, awsaccess.Classify(refused), "Recording")
		} else if now := status[aws.ToString(r.Name)]; now != nil {
			o.Config["Recording"] = now.Recording
			o.Facts["LastStatus"], o.Facts["LastErrorCode"] = told(now.LastStatus), now.LastErrorCode
			o.Facts["LastStartTime"], o.Facts["LastStopTime"] = now.LastStartTime, now.LastStopTime
			if !now.Recording {
				o.Status = audit.ResourceStopped
			}
		}
		if err := s.emit(ctx, out, o); err != nil {
			return err
		}
	}
	return nil
}

// recorder makes an observation of a recorder. Its external id is the ARN that AWS answers, where it does; else ours, in
// its form without the recorder's random id.
func (p *configProjectors) recorder(s *session, r *types.ConfigurationRecorder) *audit.Observation {
	o := &audit.Observation{
		Type: "config_configuration_recorder", ExternalID: aws.ToString(r.Arn), Name: aws.ToString(r.Name), Config: p.recorders.Project(r),
		Facts: object{"ServicePrincipal": r.ServicePrincipal, "RecordingScope": told(r.RecordingScope)},
	}
	if o.ExternalID == "" && o.Name != "" {
		o.ExternalID = s.arn("config", "configuration-recorder/"+o.Name)
	}
	return o
}

// collectChannels emits the delivery channels. AWS has no ARN for them; ours is
// arn:{partition}:config:{region}:{account}:delivery-channel/{name}.
func (p *configProjectors) collectChannels(ctx context.Context, s *session, out inventory.Emitter) error {
	got, err := configClient(s).DescribeDeliveryChannels(ctx, &configservice.DescribeDeliveryChannelsInput{})
	if err != nil {
		return err
	}
	for i := range got.DeliveryChannels {
		c := &got.DeliveryChannels[i]
		o := &audit.Observation{Type: "config_delivery_channel", Name: aws.ToString(c.Name), Config: p.channels.Project(c)}
		if o.Name != "" {
			o.ExternalID = s.arn("config", "delivery-channel/"+o.Name)
		}
		if err := s.emit(ctx, out, o); err != nil {
			return err
		}
	}
	return nil
}
