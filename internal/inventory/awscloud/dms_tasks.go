package awscloud

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	dms "github.com/aws/aws-sdk-go-v2/service/databasemigrationservice"
	"github.com/aws/aws-sdk-go-v2/service/databasemigrationservice/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
)

func (p *dmsProjectors) collectEndpoints(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := dmsClient(s).DescribeEndpoints(ctx, &dms.DescribeEndpointsInput{Marker: token, MaxRecords: aws.Int32(dmsPage)})
		if err != nil {
			return nil, err
		}
		all := make([]*audit.Observation, 0, len(page.Endpoints))
		for i := range page.Endpoints {
			if e := &page.Endpoints[i]; aws.ToString(e.Status) != dmsDeleting {
				all = append(all, p.endpoint(e))
			}
		}
		return page.Marker, emitDMS(ctx, s, out, p.endpoints, all)
	})
}

func (p *dmsProjectors) endpoint(e *types.Endpoint) *audit.Observation {
	c := p.endpoints.Project(e)
	// The API answers SOURCE where one asks for source.
	c["EndpointType"] = told(strings.ToLower(string(e.EndpointType)))
	at := dmsConnectionOf(e)
	for name, value := range map[string]any{
		"DatabaseName": plain(at.database), "Port": plain(at.port), "ServerName": plain(at.server), "Username": plain(at.user),
	} {
		if c[name] == nil && value != nil {
			c[name] = value
		}
	}
	return &audit.Observation{
		Type: dmsEndpoint, ExternalID: aws.ToString(e.EndpointArn), Name: aws.ToString(e.EndpointIdentifier), Config: c,
		Facts: object{"EngineDisplayName": e.EngineDisplayName, "ExternalId": e.ExternalId, "Status": e.Status},
	}
}

// dmsConnection is how an endpoint's database is found.
type dmsConnection struct {
	server, user, database *string
	port                   *int32
}

// dmsConnectionOf returns what the settings of an engine say of the connection. It is declared of the endpoint; the API may
// answer it there, among the engine's settings, or at both places.
func dmsConnectionOf(e *types.Endpoint) dmsConnection {
	switch {
	case e.DocDbSettings != nil:
		v := e.DocDbSettings
		return dmsConnection{v.ServerName, v.Username, v.DatabaseName, v.Port}
	case e.IBMDb2Settings != nil:
		v := e.IBMDb2Settings
		return dmsConnection{v.ServerName, v.Username, v.DatabaseName, v.Port}
	case e.MySQLSettings != nil:
		v := e.MySQLSettings
		return dmsConnection{v.ServerName, v.Username, v.DatabaseName, v.Port}
	case e.OracleSettings != nil:
		v := e.OracleSettings
		return dmsConnection{v.ServerName, v.Username, v.DatabaseName, v.Port}
	case e.PostgreSQLSettings != nil:
		v := e.PostgreSQLSettings
		return dmsConnection{v.ServerName, v.Username, v.DatabaseName, v.Port}
	case e.RedshiftSettings != nil:
		v := e.RedshiftSettings
		return dmsConnection{v.ServerName, v.Username, v.DatabaseName, v.Port}
	case e.SybaseSettings != nil:
		v := e.SybaseSettings
		return dmsConnection{v.ServerName, v.Username, v.DatabaseName, v.Port}
	}
	return dmsConnection{}
}

func (p *dmsProjectors) collectTasks(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := dmsClient(s).DescribeReplicationTasks(ctx, &dms.DescribeReplicationTasksInput{
			Marker: token, MaxRecords: aws.Int32(dmsPage),
		})
		if err != nil {
			return nil, err
		}
		all := make([]*audit.Observation, 0, len(page.ReplicationTasks))
		for i := range page.ReplicationTasks {
			if t := &page.ReplicationTasks[i]; aws.ToString(t.Status) != dmsDeleting {
				all = append(all, p.task(t))
			}
		}
		return page.Marker, emitDMS(ctx, s, out, p.tasks, all)
	})
}

func (p *dmsProjectors) task(t *types.ReplicationTask) *audit.Observation {
	c := p.tasks.Project(t)
	c["ReplicationTaskSettings"], c["TableMappings"] = dmsDocument(t.ReplicationTaskSettings), dmsDocument(t.TableMappings)
	o := &audit.Observation{
		Type: dmsTask, ExternalID: aws.ToString(t.ReplicationTaskArn), Name: aws.ToString(t.ReplicationTaskIdentifier), Config: c,
		Facts: object{"ReplicationTaskCreationDate": t.ReplicationTaskCreationDate, "Status": t.Status, "StopReason": t.StopReason},
	}
	if aws.ToString(t.Status) == "stopped" {
		o.Status = audit.ResourceStopped
	}
	return o
}

// dmsDocument writes a task's settings or mappings with names in order, and without the log that DMS chose when the task
// was first started, which nobody can declare (DMS user guide, "Logging task settings"). What isn't a JSON object stays as it is.
func dmsDocument(text *string) *string {
	if text == nil {
		return nil
	}
	var document object
	in := json.NewDecoder(strings.NewReader(*text))
	in.UseNumber()
	if err := in.Decode(&document); err != nil || in.More() {
		return text
	}
	if logging, ok := document["Logging"].(object); ok {
		delete(logging, "CloudWatchLogGroup")
		delete(logging, "CloudWatchLogStream")
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(document); err != nil {
		return text
	}
	return aws.String(strings.TrimSpace(out.String()))
}
