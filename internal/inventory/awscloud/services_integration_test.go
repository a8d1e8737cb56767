//go:build integration

package awscloud

import (
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

// motoService is a service that moto plays, with a little of everything.
type motoService struct {
	service, region string
	also            []string // other regions that are read
	// fill makes resources and returns the external ids of all there are then, by type, as moto's own listings tell them where it has
	// such. Listings of other types are not made: moto doesn't have them.
	fill func(t *testing.T, e *estate) map[string][]string
	// lacks are the actions that moto answers with an error, of which unread attributes come.
	lacks []string
	// uncalled are the actions of the listings for which nothing in the estate calls.
	uncalled []string
	// check holds what was read against what was made; it may be nil.
	check func(t *testing.T, h *haul)
}

// motoServices are the services that are held against moto one by one.
func motoServices() []motoService {
	return []motoService{
		accountOfMoto(),
		acmOfMoto(),
		apiGatewayOfMoto(),
		appSyncOfMoto(),
		athenaOfMoto(),
		autoScalingOfMoto(),
		backupOfMoto(),
		balancersOfMoto(),
		cloudFormationOfMoto(),
		cloudFrontOfMoto(),
		cloudTrailOfMoto(),
		codeBuildOfMoto(),
		cognitoIdentityPoolsOfMoto(),
		cognitoUserPoolsOfMoto(),
		configOfMoto(),
		directoryServiceOfMoto(),
		dmsOfMoto(),
		dynamoDBOfMoto(),
		ec2OfMoto(),
		ecrOfMoto(),
		ecsOfMoto(),
		efsOfMoto(),
		eksOfMoto(),
		elastiCacheOfMoto(),
		emrOfMoto(),
		eventBridgeOfMoto(),
		firehoseOfMoto(),
		fsxOfMoto(),
		glacierOfMoto(),
		glueOfMoto(),
		guardDutyOfMoto(),
		iamOfMoto(),
		inspectorOfMoto(),
		kafkaOfMoto(),
		kinesisOfMoto(),
		kmsOfMoto(),
		lambdaOfMoto(),
		logsOfMoto(),
		macieOfMoto(),
		memoryDBOfMoto(),
		mqOfMoto(),
		networkFirewallOfMoto(),
		openSearchOfMoto(),
		organizationsOfMoto(),
		rdsOfMoto(),
		redshiftOfMoto(),
		route53OfMoto(),
		s3OfMoto(),
		sageMakerOfMoto(),
		schedulerOfMoto(),
		secretsManagerOfMoto(),
		securityHubOfMoto(),
		serviceCatalogOfMoto(),
		shieldOfMoto(),
		snsOfMoto(),
		sqsOfMoto(),
		ssmOfMoto(),
		ssoOfMoto(),
		stepFunctionsOfMoto(),
		transferOfMoto(),
		wafOfMoto(),
		workSpacesOfMoto(),
	}
}

func TestServicesOfMoto(t *testing.T) {
	server := &motoserver.Server{}
	t.Cleanup(server.Stop)
	e := newEstate(t, server)
	compared := map[string]bool{}
	for _, c := range motoServices() {
		t.Run(c.service, func(t *testing.T) {
			want := c.fill(t, e)
			for typ := range want {
				compared[typ] = true
			}
			c.run(t, e, want)
		})
	}
	var others []string
	for _, c := range collectors() {
		for _, l := range c.listings {
			others = append(others, slices.DeleteFunc(slices.Clone(l.types), func(typ string) bool { return compared[typ] })...)
		}
	}
	t.Logf("%d resource types are held against moto, %d are not: %v", len(compared), len(others), others)
}

func (c *motoService) run(t *testing.T, e *estate, want map[string][]string) {
	h, called := c.read(t, e, want)
	for typ, ids := range want {
		slices.Sort(ids)
		if diff := cmp.Diff(ids, h.ids(typ)); diff != "" || len(ids) == 0 {
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
	if diff := cmp.Diff(c.declared(want), called); diff != "" {
		t.Errorf("actions (-declared +called):\n%s", diff)
	}
	if c.check != nil {
		c.check(t, h)
	}
	again, _ := c.read(t, e, want)
	sameHashes(t, h, again)
}

// declared returns the actions of the listings of the types, but those for which nothing calls.
func (c *motoService) declared(types map[string][]string) []string {
	var out []string
	for _, each := range collectors() {
		for _, l := range each.listings {
			if _, there := types[l.types[0]]; there && each.service == c.service {
				out = append(out, l.actions...)
			}
		}
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(action string) bool { return slices.Contains(c.uncalled, action) })
}

// read reads the listings of the types, and returns what they emitted and the actions that were called.
func (c *motoService) read(t *testing.T, e *estate, types map[string][]string) (*haul, []string) {
	t.Helper()
	var mu sync.Mutex
	called := map[string]bool{}
	account := e.open(t, func(service, operation, _ string) {
		mu.Lock()
		defer mu.Unlock()
		called[awsaccess.IAMAction(service, operation)] = true
	})
	h := &haul{}
	for _, region := range append([]string{c.region}, c.also...) {
		for _, service := range account.Services(region) {
			for _, l := range service.Listings {
				if _, there := types[l.Types[0]]; !there || service.Name != c.service {
					continue
				}
				if err := l.Collect(t.Context(), h); err != nil {
					t.Errorf("%s in %s: %v", l.Types, region, err)
				}
			}
		}
	}
	for _, o := range h.all {
		checkShape(t, o)
	}
	return h, slices.Sorted(maps.Keys(called))
}
