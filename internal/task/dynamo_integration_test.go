//go:build integration

package task_test

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/store"
	"github.com/infraudit/infraudit/internal/table"
	"github.com/infraudit/infraudit/internal/table/dynamotable"
	"github.com/infraudit/infraudit/internal/table/tabletest/dynamolocal"
)

var local dynamolocal.Server

func TestMain(m *testing.M) {
	code := m.Run()
	local.Stop()
	os.Exit(code)
}

func openDynamo(t *testing.T) table.DB {
	t.Helper()
	db, err := dynamotable.New(local.Client(t), store.Schemas(), dynamotable.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.CreateTables(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

// The spine's whole story ends alike on Amazon's DynamoDB Local and on the local file.
func TestTheSpineEndsAlikeOnDynamoDB(t *testing.T) {
	run := func(db table.DB) (stages [][]string) {
		s := newSpine(t, db)
		stage := func() {
			if x := s.sync(); x.Status != "succeeded" {
				t.Fatalf("the sync ended as %s: %+v", x.Status, x.Log)
			}
			stages = append(stages, s.state())
		}
		s.populate()
		stage()
		s.story()
		stage()
		s.cloud.edit(group, func(c map[string]any) { // reverted
			c["SecurityGroupIngress"] = []any{map[string]any{"IpProtocol": "tcp", "FromPort": int64(443), "ToPort": int64(443), "CidrIp": "0.0.0.0/0"}}
		})
		stage()
		s.cloud.remove(bucket)
		s.cloud.edit(group, open22)
		stage()
		s.populate() // all is as it was in the beginning
		stage()
		return stages
	}
	want, got := run(openBolt(t)), run(openDynamo(t))
	for i := range want {
		if diff := cmp.Diff(want[i], got[i]); diff != "" {
			t.Errorf("after sync %d they differ (-bolttable +dynamotable):\n%s", i+1, diff)
		}
		if i > 0 && slices.Equal(want[i], want[i-1]) {
			t.Errorf("sync %d changed nothing", i+1)
		}
	}
}

// So do compliance checks: findings, waivers, assessments.
func TestChecksEndAlikeOnDynamoDB(t *testing.T) {
	run := func(db table.DB) (stages [][]string) {
		s := newSpine(t, db)
		stage := func() {
			if x := s.check(); x.Status != "succeeded" {
				t.Fatalf("the check ended as %s: %+v", x.Status, x.Log)
			}
			a := s.assessment("cis-aws-7.0")
			stages = append(stages, append(s.findings(), statuses(a), a.PreviousID[:min(3, len(a.PreviousID))]))
		}
		s.populate()
		stage()
		s.cloud.edit(bucket, unversioned)
		s.cloud.edit(volume, encrypted(false))
		stage()
		if _, err := s.store.CreateWaiver(t.Context(), audit.Waiver{
			ID: "wvr_1", TeamID: team, RuleID: "bucket-versioned", Reason: "accepted", Author: "usr_1", ExpiresAt: s.now().Add(1000 * time.Hour),
		}); err != nil {
			t.Fatal(err)
		}
		s.cloud.remove(volume)
		stage()
		s.cloud.edit(bucket, versioned)
		stage()
		return stages
	}
	want, got := run(openBolt(t)), run(openDynamo(t))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("they differ (-bolttable +dynamotable):\n%s", diff)
	}
}
