package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/fsx"
	"github.com/aws/aws-sdk-go-v2/service/fsx/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

const (
	fsxFileSystem = "fsx_file_system"
	fsxMachine    = "fsx_storage_virtual_machine"
	fsxVolume     = "fsx_volume"

	actionFSxTags = "fsx:ListTagsForResource"
	// fsxPage is the most that is asked for at once. FSx says of no bound of its own.
	fsxPage = 100
)

// fsxCollector reads Amazon FSx (FSx API reference).
func fsxCollector() *collector {
	p := &fsxProjectors{
		fileSystems: projectorOf(fsxFileSystem, map[string]string{"WindowsFileSystemConfiguration.Aliases": ""}), // see fileSystem
		machines:    projectorOf(fsxMachine, nil),
		volumes:     projectorOf(fsxVolume, nil),
	}
	aliases := map[string][]string{fsxFileSystem: {"WindowsConfiguration.Aliases"}}
	tags := map[string][]string{fsxFileSystem: {"Tags"}, fsxMachine: {"Tags"}, fsxVolume: {"Tags"}}
	return &collector{
		service: "fsx",
		listings: []listing{
			{types: []string{fsxFileSystem}, actions: []string{"fsx:DescribeFileSystems"}, page: fsxPage, collect: p.collectFileSystems},
			{
				types: []string{fsxMachine}, actions: []string{"fsx:DescribeStorageVirtualMachines", actionFSxTags}, page: fsxPage,
				each: []each{{
					action: actionFSxTags, of: "storage virtual machine", because: "`DescribeStorageVirtualMachines` leaves tags out",
				}},
				collect: p.collectMachines,
			},
			{
				types: []string{fsxVolume}, actions: []string{"fsx:DescribeVolumes", actionFSxTags}, page: fsxPage,
				each:    []each{{action: actionFSxTags, of: "volume", because: "`DescribeVolumes` leaves tags out"}},
				collect: p.collectVolumes,
			},
		},
		events: map[string]map[string][]string{
			"AssociateFileSystemAliases":    aliases,
			"DisassociateFileSystemAliases": aliases,
			"TagResource":                   tags,
			"UntagResource":                 tags,
		},
	}
}

func fsxClient(s *session) *fsx.Client {
	return client(s, func(c aws.Config) *fsx.Client { return fsx.NewFromConfig(c) })
}

// fsxProjectors turn the answers of the FSx API into configurations.
type fsxProjectors struct{ fileSystems, machines, volumes *shape.Projector }

func (p *fsxProjectors) collectFileSystems(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := fsxClient(s).DescribeFileSystems(ctx, &fsx.DescribeFileSystemsInput{MaxResults: aws.Int32(fsxPage), NextToken: token})
		if err != nil {
			return nil, err
		}
		for i := range page.FileSystems {
			f := &page.FileSystems[i]
			if f.Lifecycle == types.FileSystemLifecycleDeleting {
				continue
			}
			if err := s.emit(ctx, out, p.fileSystem(f)); err != nil {
				return nil, err
			}
		}
		return page.NextToken, nil
	})
}

// fileSystem makes an observation of a file system. Of Lustre the API tells the links to S3 in a structure of their own.
func (p *fsxProjectors) fileSystem(f *types.FileSystem) *audit.Observation {
	c := p.fileSystems.Project(f)
	if lustre, ok := c["LustreConfiguration"].(object); ok && f.LustreConfiguration.DataRepositoryConfiguration != nil {
		d := f.LustreConfiguration.DataRepositoryConfiguration
		lustre["AutoImportPolicy"], lustre["ExportPath"], lustre["ImportPath"] = told(d.AutoImportPolicy), d.ExportPath, d.ImportPath
		lustre["ImportedFileChunkSize"] = d.ImportedFileChunkSize
	}
	if windows, ok := c["WindowsConfiguration"].(object); ok {
		var aliases []*string
		for _, a := range f.WindowsConfiguration.Aliases {
			if a.Lifecycle != types.AliasLifecycleDeleting {
				aliases = append(aliases, a.Name)
			}
		}
		windows["Aliases"] = aliases
	}
	return &audit.Observation{
		Type: fsxFileSystem, ExternalID: aws.ToString(f.ResourceARN), Config: c,
		Facts: object{
			"CreationTime": f.CreationTime, "DNSName": f.DNSName, "FileSystemId": f.FileSystemId, "Lifecycle": told(f.Lifecycle), "VpcId": f.VpcId,
		},
	}
}

func (p *fsxProjectors) collectMachines(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := fsxClient(s).DescribeStorageVirtualMachines(ctx, &fsx.DescribeStorageVirtualMachinesInput{
			MaxResults: aws.Int32(fsxPage), NextToken: token,
		})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.StorageVirtualMachines, func(ctx context.Context, m types.StorageVirtualMachine) error {
			if m.Lifecycle == types.StorageVirtualMachineLifecycleDeleting {
				return nil
			}
			return p.emitTagged(ctx, s, out, p.machines, &audit.Observation{
				Type: fsxMachine, ExternalID: aws.ToString(m.ResourceARN), Name: aws.ToString(m.Name), Config: p.machines.Project(m),
				Facts: object{
					"CreationTime": m.CreationTime, "Lifecycle": told(m.Lifecycle), "StorageVirtualMachineId": m.StorageVirtualMachineId,
					"Subtype": told(m.Subtype), "UUID": m.UUID,
				},
			})
		})
	})
}

func (p *fsxProjectors) collectVolumes(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := fsxClient(s).DescribeVolumes(ctx, &fsx.DescribeVolumesInput{MaxResults: aws.Int32(fsxPage), NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.Volumes, func(ctx context.Context, v types.Volume) error {
			if v.Lifecycle == types.VolumeLifecycleDeleting {
				return nil
			}
			o := &audit.Observation{
				Type: fsxVolume, ExternalID: aws.ToString(v.ResourceARN), Name: aws.ToString(v.Name), Config: p.volumes.Project(v),
				Facts: object{
					"CreationTime": v.CreationTime, "FileSystemId": v.FileSystemId, "Lifecycle": told(v.Lifecycle), "VolumeId": v.VolumeId,
				},
			}
			if v.OntapConfiguration != nil {
				o.Facts["StorageVirtualMachineRoot"], o.Facts["UUID"] = v.OntapConfiguration.StorageVirtualMachineRoot, v.OntapConfiguration.UUID
			}
			if v.OpenZFSConfiguration != nil {
				o.Facts["VolumePath"] = v.OpenZFSConfiguration.VolumePath
			}
			return p.emitTagged(ctx, s, out, p.volumes, o)
		})
	})
}

// emitTagged reads the tags of what is listed without, and hands it over.
func (*fsxProjectors) emitTagged(ctx context.Context, s *session, out inventory.Emitter, p *shape.Projector, o *audit.Observation) error {
	if out.Done(o.Type, o.ExternalID) {
		return nil
	}
	err := s.detail(ctx, o, []string{"Tags"}, func(ctx context.Context) error {
		var tags []types.Tag
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := fsxClient(s).ListTagsForResource(ctx, &fsx.ListTagsForResourceInput{
				ResourceARN: &o.ExternalID, MaxResults: aws.Int32(fsxPage), NextToken: token,
			})
			if err != nil {
				return nil, err
			}
			tags = append(tags, page.Tags...)
			return page.NextToken, nil
		})
		if err == nil {
			o.Config["Tags"] = p.ProjectAt("Tags", tags)
		}
		return goneIf(err, "ResourceNotFound", "ResourceNotFoundException")
	})
	if err != nil {
		return err
	}
	return s.emit(ctx, out, o)
}
