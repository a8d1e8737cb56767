//go:build integration

package awscloud

import (
	"slices"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

// motoService is a service that moto plays, with a little of everything.
type motoService struct {
	service, region string
	// fill makes resources and returns the external ids of all there are then, by type. Listings of other types are not
	// made: moto doesn't have them.
	fill func(t *testing.T, e *estate) map[string][]string
	// lacks are the actions that moto answers with an error, of which unread attributes come.
	lacks []string
}

// motoServices are the services that are held against moto one by one.
func motoServices() []motoService {
	return []motoService{
		accountOfMoto(),
		apiGatewayOfMoto(),
		appSyncOfMoto(),
		athenaOfMoto(),
		backupOfMoto(),
		cloudFormationOfMoto(),
		codeBuildOfMoto(),
		cognitoIdentityPoolsOfMoto(),
		cognitoUserPoolsOfMoto(),
		configOfMoto(),
		directoryServiceOfMoto(),
		dmsOfMoto(),
		elastiCacheOfMoto(),
		emrOfMoto(),
		firehoseOfMoto(),
		fsxOfMoto(),
		glacierOfMoto(),
		glueOfMoto(),
		guardDutyOfMoto(),
		inspectorOfMoto(),
		kafkaOfMoto(),
		macieOfMoto(),
		memoryDBOfMoto(),
		mqOfMoto(),
		neptuneOfMoto(),
		networkFirewallOfMoto(),
		openSearchOfMoto(),
		organizationsOfMoto(),
		redshiftOfMoto(),
		sageMakerOfMoto(),
		schedulerOfMoto(),
		securityHubOfMoto(),
		serviceCatalogOfMoto(),
		shieldOfMoto(),
		ssoOfMoto(),
		transferOfMoto(),
		wafOfMoto(),
		workSpacesOfMoto(),
	}
}

func TestServicesOfMoto(t *testing.T) {
	server := &motoserver.Server{}
	t.Cleanup(server.Stop)
	e := newEstate(t, server)
	for _, c := range motoServices() {
		t.Run(c.service, func(t *testing.T) {
			want := c.fill(t, e)
			h, called := e.readTypes(t, &c, want)
			for typ, ids := range want {
				slices.Sort(ids)
				if diff := cmp.Diff(ids, h.ids(typ)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", typ, diff)
				}
			}
			for _, o := range h.all {
				if want[o.Type] == nil {
					t.Errorf("%s %s was not expected", o.Type, o.ExternalID)
				}
				for path, u := range o.Unread {
					if !slices.Contains(c.lacks, u.Action) {
						t.Errorf("%s %s: %s is unread: %v", o.Type, o.ExternalID, path, u)
					}
				}
			}
			for _, action := range called {
				if !slices.Contains(declaredBy(c.service), action) {
					t.Errorf("%s was called", action)
				}
			}
			again, _ := e.readTypes(t, &c, want)
			sameHashes(t, h, again)
		})
	}
}

// readTypes reads the listings of the types that moto has, and returns what they emitted and the actions that were called.
func (e *estate) readTypes(t *testing.T, c *motoService, types map[string][]string) (*haul, []string) {
	t.Helper()
	var mu sync.Mutex
	var called []string
	account := e.open(t, func(service, operation, _ string) {
		mu.Lock()
		defer mu.Unlock()
		called = append(called, iamAction(service, operation))
	})
	h := &haul{}
	for _, service := range account.Services(c.region) {
		for _, l := range service.Listings {
			if _, there := types[l.Types[0]]; service.Name != c.service || !there {
				continue
			}
			if err := l.Collect(t.Context(), h); err != nil {
				t.Errorf("%s: %v", l.Types, err)
			}
		}
	}
	for _, o := range h.all {
		checkShape(t, o)
	}
	return h, called
}

// plainConfig is for filling moto: it answers nothing at all where the services answer an empty object, which what
// we read with refuses.
func (e *estate) plainConfig() aws.Config {
	return aws.Config{Region: motoserver.Region, Credentials: e.cfg.Credentials, BaseEndpoint: aws.String(e.endpoint), HTTPClient: e.http}
}
