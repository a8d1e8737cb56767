package awswire

import (
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"
)

// Config is what template.yaml gives a function by its environment. A function gets the queues that it sends to and the
// one that it works on; what it hasn't is empty.
type Config struct {
	Tables Tables
	Queues Queues
	// MaxReceives is how often a message is delivered before it goes to the dead letters: the redrive policies' maxReceiveCount.
	MaxReceives int
	// Lease is how long a worker that says nothing keeps a task; zero means the default, two minutes. A killed worker's task
	// is tried again within twice that.
	Lease     time.Duration
	Bucket    string // of large objects; empty for functions that use none
	KMSKey    string // ARN of the key that seals the keys by which credentials are sealed
	Principal string // ARN of whom customers' roles have to trust
	// WebhookAllow are networks that webhooks may lead to although they aren't public; see webhook.ParseAllow.
	WebhookAllow string
	Version      string
	LogLevel     slog.Level
}

// Tables are the names of the tables in DynamoDB. Each can be replaced by one restored from a backup.
type Tables struct{ Control, Inventory, Findings, History string }

// Queues are the URLs of the queues, one for each kind of work.
type Queues struct {
	Dispatch, ResourceSync, DriftDetection, ComplianceCheck, Attribution, Export, Events, Maintenance string
}

// FromEnv reads the environment. Version is the program's own, unless the environment tells another.
func FromEnv(getenv func(string) string, version string) (Config, error) {
	c := Config{
		Tables: Tables{
			Control: getenv("INFRAUDIT_TABLE_CONTROL"), Inventory: getenv("INFRAUDIT_TABLE_INVENTORY"),
			Findings: getenv("INFRAUDIT_TABLE_FINDINGS"), History: getenv("INFRAUDIT_TABLE_HISTORY"),
		},
		Queues: Queues{
			Dispatch: getenv("INFRAUDIT_QUEUE_DISPATCH"), ResourceSync: getenv("INFRAUDIT_QUEUE_RESOURCE_SYNC"),
			DriftDetection:  getenv("INFRAUDIT_QUEUE_DRIFT_DETECTION"),
			ComplianceCheck: getenv("INFRAUDIT_QUEUE_COMPLIANCE_CHECK"),
			Attribution:     getenv("INFRAUDIT_QUEUE_ATTRIBUTION"), Export: getenv("INFRAUDIT_QUEUE_EXPORT"),
			Events:      getenv("INFRAUDIT_QUEUE_EVENTS"),
			Maintenance: getenv("INFRAUDIT_QUEUE_MAINTENANCE"),
		},
		Bucket: getenv("INFRAUDIT_BUCKET"), KMSKey: getenv("INFRAUDIT_KMS_KEY"),
		Principal: getenv("INFRAUDIT_AWS_PRINCIPAL"), WebhookAllow: getenv("INFRAUDIT_WEBHOOK_ALLOW"), Version: version,
	}
	var errs []error
	for name, value := range map[string]string{
		"INFRAUDIT_TABLE_CONTROL": c.Tables.Control, "INFRAUDIT_TABLE_INVENTORY": c.Tables.Inventory,
		"INFRAUDIT_TABLE_FINDINGS": c.Tables.Findings, "INFRAUDIT_TABLE_HISTORY": c.Tables.History,
	} {
		if value == "" {
			errs = append(errs, fmt.Errorf("%s is not set", name))
		}
	}
	receives := getenv("INFRAUDIT_MAX_RECEIVES")
	var err error
	if c.MaxReceives, err = strconv.Atoi(receives); err != nil || c.MaxReceives < 1 {
		errs = append(errs, fmt.Errorf("INFRAUDIT_MAX_RECEIVES is %q, not a number from 1", receives))
	}
	if lease := getenv("INFRAUDIT_LEASE"); lease != "" {
		if c.Lease, err = time.ParseDuration(lease); err != nil || c.Lease < time.Second {
			errs = append(errs, fmt.Errorf("INFRAUDIT_LEASE is %q, not a duration from 1s", lease))
		}
	}
	if level := getenv("INFRAUDIT_LOG_LEVEL"); level != "" {
		if err := c.LogLevel.UnmarshalText([]byte(level)); err != nil {
			errs = append(errs, fmt.Errorf("INFRAUDIT_LOG_LEVEL is %q, not debug, info, warn or error", level))
		}
	}
	return c, errors.Join(errs...)
}

// name returns the table in DynamoDB of a schema.
func (t Tables) name(schema string) string {
	switch schema {
	case "control":
		return t.Control
	case "inventory":
		return t.Inventory
	case "findings":
		return t.Findings
	case "history":
		return t.History
	}
	return schema
}
