package task_test

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory/inventorytest/fleet"
	"github.com/infraudit/infraudit/internal/job"
	"github.com/infraudit/infraudit/internal/table"
)

var update = flag.Bool("update", false, "write the cost model into docs/operations.md")

// What AWS publishes for us-east-1, in US dollars, as of November 2026; free tiers left out. Sources: the pricing pages of
// Amazon DynamoDB (on-demand, standard table class), AWS Lambda (arm64), Amazon SQS (standard), Amazon API Gateway (HTTP
// APIs), Amazon CloudWatch, AWS KMS, Amazon S3 and AWS Config.
const (
	priceWriteUnits = 0.625 / 1e6
	priceReadUnits  = 0.125 / 1e6
	priceTableGB    = 0.25 // a month
	priceRequests   = 0.20 / 1e6
	priceGBSeconds  = 0.0000133334
	priceMessages   = 0.40 / 1e6 // each send, receive, delete and change of visibility
	priceHTTP       = 1.00 / 1e6
	priceLogsGB     = 0.50
	priceAlarm      = 0.10 // a month
	priceMetric     = 0.30 // a month
	priceDashboard  = 3.00 // a month
	priceKey        = 1.00 // a month
	priceConfigItem = 0.003
	secondsOfMonth  = 30 * 24 * 3600
	pollsOfMonth    = secondsOfMonth / 20 * 5 // of an idle queue: Lambda polls it by five, 20 s each (Lambda developer guide, "Using Lambda with Amazon SQS")
	alarms          = 40
	metrics         = 9 * 7 // functions, metrics
)

// What the model takes for granted, said beside the table.
const (
	accountSize    = 10_000 // resources of one AWS account
	regionsOf      = 17     // enabled regions of an account
	callSeconds    = 0.05   // how long an AWS API call takes
	callsAtOnce    = 8      // of one task
	cpuSeconds     = 0.0002 // of reading or judging a resource, on one vCPU: docs/performance.md
	fullCPU        = 1769.0 // MB at which Lambda gives one vCPU (Lambda developer guide, "Configure Lambda function memory")
	workerMB       = 512.0
	checkerMB      = 1024.0
	syncs          = 4 * 30 // of a month, by the default schedules
	detections     = 6 * 30
	checks         = 30
	changed        = 0.10 // of the resources, each month
	storedBytes    = 2_800
	logBytes       = 3_000 // of each task
	requestsOfUser = 10_000
)

// counted is what an execution of one kind took.
type counted struct{ reads, writes, tasks, calls float64 }

// costs are counted for an account of n resources in some regions.
type costs struct{ first, unchanged, check, change counted }

// countCosts runs each kind of execution and counts. What differs with the size is the store's; the calls are counted apart.
func countCosts(t *testing.T, n, regions int) costs {
	t.Helper()
	s := newSpine(t, openBolt(t))
	s.cloud.regions = []string{audit.RegionGlobal}
	for i := range regions {
		s.cloud.regions = append(s.cloud.regions, fmt.Sprintf("eu-west-%d", i+1))
	}
	id := func(i int) string { return fmt.Sprintf("arn:aws:ec2:eu-west-1:123456789012:volume/vol-%d", i) }
	for i := range n {
		s.cloud.put(id(i), resource{
			service: "ec2", region: s.cloud.regions[1+i%regions], typ: "ec2_volume", name: fmt.Sprint("vol-", i),
			config: map[string]any{"Size": int64(100), "Encrypted": true, "AvailabilityZone": "eu-west-1a"},
		})
	}
	run := func(typ audit.JobType) counted {
		s.clock.Advance(time.Hour)
		var u table.Usage
		ctx := table.WithUsage(t.Context(), &u)
		x, _, err := s.engine.Trigger(ctx, team, job.Request{Type: typ, Trigger: "test"})
		if err != nil {
			t.Fatal(err)
		}
		if x, err = s.finish(ctx, x.ID); err != nil {
			t.Fatal(err)
		}
		return counted{u.ReadUnits(), u.WriteUnits(), float64(x.Progress.TasksTotal), 0}
	}
	c := costs{first: run(audit.JobResourceSync)}
	c.unchanged = run(audit.JobResourceSync)
	run(audit.JobComplianceCheck) // the first writes findings
	c.check = run(audit.JobComplianceCheck)
	const some = 20
	for i := range some {
		s.cloud.edit(id(i), func(config map[string]any) { config["Size"] = int64(200) })
	}
	after := run(audit.JobResourceSync)
	c.change = counted{(after.reads - c.unchanged.reads) / some, (after.writes - c.unchanged.writes) / some, 0, 0}
	return c
}

// countCalls returns how many API calls one sync of the synthetic account makes.
func countCalls(t *testing.T, n int) float64 {
	t.Helper()
	s, _ := newFleetSpine(t, fleet.Options{N: n, Seed: 1})
	return float64(s.sync().Found.APICalls)
}

// line is what something costs with the resources, the regions and by itself.
type line struct{ fixed, region, resource float64 }

func fit(small, large, wide float64, n, more, regions int) line {
	perResource := (large - small) / float64(more-n)
	perRegion := (wide - small) / float64(regions)
	return line{small - perResource*float64(n) - perRegion*2, perRegion, perResource}
}

func (l line) of(resources float64) float64 {
	accounts := max(1, resources/accountSize)
	return accounts*(l.fixed+l.region*regionsOf) + l.resource*resources
}

// TestTheCostModelInTheOperationsDocument counts anew what docs/operations.md says that a month costs.
func TestTheCostModelInTheOperationsDocument(t *testing.T) {
	const n, more, wider = 200, 1200, 4
	small, large, wide := countCosts(t, n, 2), countCosts(t, more, 2), countCosts(t, n, 2+wider)
	of := func(get func(costs) float64) line { return fit(get(small), get(large), get(wide), n, more, wider) }
	perCall := fit(countCalls(t, 600), countCalls(t, 2400), countCalls(t, 600), 600, 2400, 1)

	var b bytes.Buffer
	fmt.Fprintf(&b, "| a month, in US dollars | 1,000 resources | 100,000 | 1,000,000 |\n|---|---:|---:|---:|\n")
	sizes := []float64{1_000, 100_000, 1_000_000}
	totals := make([]float64, len(sizes))
	row := func(what string, cost func(n float64) float64) {
		fmt.Fprintf(&b, "| %s |", what)
		for i, size := range sizes {
			c := cost(size)
			totals[i] += c
			fmt.Fprintf(&b, " %s |", dollars(c))
		}
		b.WriteString("\n")
	}
	units := func(get func(counted) float64) func(n float64) float64 {
		return func(n float64) float64 {
			each := of(func(c costs) float64 { return get(c.unchanged) }).of(n)
			first := of(func(c costs) float64 { return get(c.first) }).of(n)
			check := of(func(c costs) float64 { return get(c.check) }).of(n)
			return first + each*(syncs+detections-1) + check*checks + changed*n*get(large.change)
		}
	}
	row("DynamoDB, writes", func(n float64) float64 {
		return priceWriteUnits * units(func(c counted) float64 { return c.writes })(n)
	})
	row("DynamoDB, reads", func(n float64) float64 {
		const looks = 6 * 30 * 24 * 60 // each minute, for jobs that are due, tasks to look after and events to send: docs/keys.md
		return priceReadUnits * (looks + units(func(c counted) float64 { return c.reads })(n))
	})
	row("DynamoDB, storage", func(n float64) float64 { return priceTableGB * n * storedBytes / 1e9 })
	tasks := func(n float64) float64 {
		each := of(func(c costs) float64 { return c.unchanged.tasks }).of(n)
		check := of(func(c costs) float64 { return c.check.tasks }).of(n)
		return each*(syncs+detections) + check*checks
	}
	row("Lambda", func(n float64) float64 {
		calls := perCall.of(n)
		reading := (calls*callSeconds/callsAtOnce + n*cpuSeconds*fullCPU/workerMB) * workerMB / 1024
		judging := n * cpuSeconds * fullCPU / checkerMB * checkerMB / 1024
		minutes := 2 * 30 * 24 * 60.0 // dispatch and maintenance, 100 ms each at 256 MB
		seconds := reading*(syncs+detections+checks) + judging*checks + minutes*0.1*0.25 + requestsOfUser*0.05*0.5
		return priceGBSeconds*seconds + priceRequests*(tasks(n)+minutes+requestsOfUser)
	})
	row("SQS", func(n float64) float64 { return priceMessages * (tasks(n)*4 + 8*pollsOfMonth) })
	row("API Gateway, 10,000 requests", func(float64) float64 { return priceHTTP * requestsOfUser })
	row("logs", func(n float64) float64 { return priceLogsGB * (tasks(n)*logBytes + 2*30*24*60*800) / 1e9 })
	row("metrics, alarms, dashboard, key", func(float64) float64 {
		return priceMetric*metrics + priceAlarm*alarms + priceDashboard + priceKey
	})
	b.WriteString("| **InfraAudit** |")
	for _, total := range totals {
		fmt.Fprintf(&b, " **%s** |", dollars(total))
	}
	b.WriteString("\n| AWS Config, continuous recording of the same items, without rules |")
	for _, size := range sizes {
		fmt.Fprintf(&b, " %s |", dollars(size*(1+changed)*priceConfigItem))
	}
	b.WriteString("\n")
	holdDocument(t, "../../docs/operations.md", "cost model", b.String())
}

func dollars(d float64) string { return fmt.Sprintf("%.2f", d) }

// holdDocument checks, or with -update writes, what is between a document's markers.
func holdDocument(t *testing.T, file, section, want string) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- "+section+": begin -->\n", "<!-- "+section+": end -->\n"
	head, rest, ok := strings.Cut(string(raw), begin)
	got, tail, ended := strings.Cut(rest, end)
	if !ok || !ended {
		t.Fatalf("%s has no section %q", file, section)
	}
	if *update {
		if err := os.WriteFile(file, []byte(head+begin+want+end+tail), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !alike(got, want) {
		t.Errorf("%s says otherwise; run the test with -update\n%s", file, want)
	}
}

// number is one of a table.
var number = regexp.MustCompile(`[0-9]+\.[0-9]+`)

// alike tells whether two tables say the same, numbers within a fifth: how often a task looks whether those that it waits for
// have ended is not the same each time.
func alike(got, want string) bool {
	if number.ReplaceAllString(got, "n") != number.ReplaceAllString(want, "n") {
		return false
	}
	numbers := number.FindAllString(want, -1)
	for i, text := range number.FindAllString(got, -1) {
		g, _ := strconv.ParseFloat(text, 64)
		w, _ := strconv.ParseFloat(numbers[i], 64)
		if math.Abs(g-w) > 0.02+w/5 {
			return false
		}
	}
	return true
}
