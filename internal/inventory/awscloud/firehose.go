package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/firehose"
	"github.com/aws/aws-sdk-go-v2/service/firehose/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// firehoseCollector reads Amazon Data Firehose (Firehose API reference).
func firehoseCollector() *collector {
	p := newFirehoseProjectors()
	stream := func(paths ...string) map[string][]string {
		return map[string][]string{"firehose_delivery_stream": paths}
	}
	return &collector{
		service: "firehose",
		listings: []listing{{
			types:   []string{"firehose_delivery_stream"},
			actions: []string{"firehose:ListDeliveryStreams", "firehose:DescribeDeliveryStream", "firehose:ListTagsForDeliveryStream"},
			page:    firehosePage,
			each: eachOf("delivery stream", "`ListDeliveryStreams` tells names and nothing else",
				"firehose:DescribeDeliveryStream", "firehose:ListTagsForDeliveryStream",
			),
			collect: p.collect,
		}},
		events: map[string]map[string][]string{
			"StartDeliveryStreamEncryption": stream(firehoseEncryption),
			"StopDeliveryStreamEncryption":  stream(firehoseEncryption),
			"TagDeliveryStream":             stream("Tags"),
			"UntagDeliveryStream":           stream("Tags"),
		},
	}
}

const (
	firehoseEncryption = "DeliveryStreamEncryptionConfigurationInput"
	// firehosePage is how many streams are listed at once; the API tells no greatest number, but that accounts have 5,000
	// a region at most. Tags come 50 at a time.
	firehosePage, firehoseTagPage = 1000, 50
)

func firehoseClient(s *session) *firehose.Client {
	return client(s, func(c aws.Config) *firehose.Client { return firehose.NewFromConfig(c) })
}

// firehoseDestinations are the destinations of a stream: the field that the API answers, which ends with Description where
// the property ends with Configuration.
var firehoseDestinations = []string{
	"AmazonOpenSearchServerlessDestination", "AmazonopensearchserviceDestination", "ElasticsearchDestination", "ExtendedS3Destination",
	"HttpEndpointDestination", "IcebergDestination", "RedshiftDestination", "SnowflakeDestination", "SplunkDestination",
}

// firehoseDescribed are the attributes that come from DescribeDeliveryStream.
func firehoseDescribed() []string {
	paths := []string{firehoseEncryption, "DeliveryStreamType", "KinesisStreamSourceConfiguration", "MSKSourceConfiguration"}
	for _, d := range firehoseDestinations {
		paths = append(paths, d+"Configuration")
	}
	return paths
}

// firehoseProjectors turn the answers of the Firehose API into configurations.
type firehoseProjectors struct{ streams *shape.Projector }

func newFirehoseProjectors() *firehoseProjectors {
	return &firehoseProjectors{streams: projectorOf("firehose_delivery_stream", map[string]string{
		"S3BackupDescription": "S3BackupConfiguration", "S3DestinationDescription": "S3Configuration",
		"VpcConfigurationDescription":       "VpcConfiguration",
		"HttpEndpointDescription.AccessKey": "", "MSKSourceDescription.DeliveryStartTimestamp": "",
	})}
}

func (p *firehoseProjectors) collect(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := firehoseClient(s).ListDeliveryStreams(ctx, &firehose.ListDeliveryStreamsInput{
			Limit: aws.Int32(firehosePage), ExclusiveStartDeliveryStreamName: token,
		})
		if err != nil {
			return nil, err
		}
		var next *string // the last name is the token
		if n := len(page.DeliveryStreamNames); aws.ToBool(page.HasMoreDeliveryStreams) {
			if n == 0 {
				return nil, &fault.Error{Kind: fault.Upstream, Code: "MalformedAnswer", Message: "a page of nothing says that there is more"}
			}
			next = &page.DeliveryStreamNames[n-1]
		}
		return next, forEach(ctx, s, page.DeliveryStreamNames, func(ctx context.Context, name string) error {
			o := &audit.Observation{Type: "firehose_delivery_stream", Name: name, Config: object{"DeliveryStreamName": name}}
			if name != "" {
				o.ExternalID = s.arn("firehose", "deliverystream/"+name)
			}
			if out.Done(o.Type, o.ExternalID) {
				return nil
			}
			if err := p.readStream(ctx, s, o); err != nil {
				return err
			}
			return s.emit(ctx, out, o)
		})
	})
}

// readStream reads what the listing, which tells names, leaves out.
func (p *firehoseProjectors) readStream(ctx context.Context, s *session, o *audit.Observation) error {
	name := aws.String(o.Name)
	err := s.detail(ctx, o, firehoseDescribed(), func(ctx context.Context) error {
		got, err := firehoseClient(s).DescribeDeliveryStream(ctx, &firehose.DescribeDeliveryStreamInput{DeliveryStreamName: name})
		if err != nil {
			return goneIf(err, "ResourceNotFoundException")
		}
		d := got.DeliveryStreamDescription
		if d == nil {
			return &fault.Error{Kind: fault.Upstream, Code: "MalformedAnswer", Action: "firehose:DescribeDeliveryStream", Message: "the answer has no stream"}
		}
		if d.DeliveryStreamStatus == types.DeliveryStreamStatusDeleting {
			return errGone
		}
		p.describe(o, d)
		return nil
	})
	if err != nil {
		return err
	}
	return s.detail(ctx, o, []string{"Tags"}, func(ctx context.Context) error {
		var tags []types.Tag
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := firehoseClient(s).ListTagsForDeliveryStream(ctx, &firehose.ListTagsForDeliveryStreamInput{
				DeliveryStreamName: name, ExclusiveStartTagKey: token, Limit: aws.Int32(firehoseTagPage),
			})
			if err != nil {
				return nil, err
			}
			tags = append(tags, page.Tags...)
			if n := len(page.Tags); n > 0 && aws.ToBool(page.HasMoreTags) {
				return page.Tags[n-1].Key, nil
			}
			return nil, nil
		})
		if err == nil {
			o.Config["Tags"] = p.streams.ProjectAt("Tags", tags)
		}
		return goneIf(err, "ResourceNotFoundException")
	})
}

func (p *firehoseProjectors) describe(o *audit.Observation, d *types.DeliveryStreamDescription) {
	o.Config["DeliveryStreamType"] = told(d.DeliveryStreamType)
	o.Facts = object{"DeliveryStreamStatus": told(d.DeliveryStreamStatus), "CreateTimestamp": d.CreateTimestamp}
	if e := d.DeliveryStreamEncryptionConfiguration; e != nil {
		switch e.Status {
		case types.DeliveryStreamEncryptionStatusEnabled, types.DeliveryStreamEncryptionStatusEnabling:
			o.Config[firehoseEncryption] = object{"KeyType": told(e.KeyType), "KeyARN": e.KeyARN}
		}
		o.Facts["EncryptionStatus"] = told(e.Status)
	}
	if src := d.Source; src != nil {
		if src.KinesisStreamSourceDescription != nil {
			o.Config["KinesisStreamSourceConfiguration"] = p.streams.ProjectAt("KinesisStreamSourceConfiguration", src.KinesisStreamSourceDescription)
		}
		if src.MSKSourceDescription != nil {
			o.Config["MSKSourceConfiguration"] = p.streams.ProjectAt("MSKSourceConfiguration", src.MSKSourceDescription)
		}
	}
	for i := range d.Destinations { // a stream has one
		p.destination(o, &d.Destinations[i])
	}
}

func (p *firehoseProjectors) destination(o *audit.Observation, d *types.DestinationDescription) {
	put := func(property string, description any) {
		o.Config[property] = p.streams.ProjectAt(property, description)
	}
	switch {
	case d.AmazonOpenSearchServerlessDestinationDescription != nil:
		put("AmazonOpenSearchServerlessDestinationConfiguration", d.AmazonOpenSearchServerlessDestinationDescription)
	case d.AmazonopensearchserviceDestinationDescription != nil:
		put("AmazonopensearchserviceDestinationConfiguration", d.AmazonopensearchserviceDestinationDescription)
	case d.ElasticsearchDestinationDescription != nil:
		put("ElasticsearchDestinationConfiguration", d.ElasticsearchDestinationDescription)
	case d.ExtendedS3DestinationDescription != nil: // S3DestinationDescription says a part of the same
		put("ExtendedS3DestinationConfiguration", d.ExtendedS3DestinationDescription)
	case d.HttpEndpointDestinationDescription != nil:
		put("HttpEndpointDestinationConfiguration", d.HttpEndpointDestinationDescription)
	case d.IcebergDestinationDescription != nil:
		put("IcebergDestinationConfiguration", d.IcebergDestinationDescription)
	case d.RedshiftDestinationDescription != nil:
		put("RedshiftDestinationConfiguration", d.RedshiftDestinationDescription)
	case d.SnowflakeDestinationDescription != nil:
		put("SnowflakeDestinationConfiguration", d.SnowflakeDestinationDescription)
	case d.SplunkDestinationDescription != nil:
		put("SplunkDestinationConfiguration", d.SplunkDestinationDescription)
	}
}
