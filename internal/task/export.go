package task

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/blob"
	"github.com/infraudit/infraudit/internal/compliance"
	"github.com/infraudit/infraudit/internal/csvsafe"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/job"
	"github.com/infraudit/infraudit/internal/rule"
	"github.com/infraudit/infraudit/internal/store"
)

// Export handles tasks of kind export: it writes a list of resources, or an assessment, into the blob store. Lists are
// read page by page, so that memory doesn't grow with them. The task's place says what to write.
type Export struct {
	Store *store.Store
	Blobs *blob.Store
	// Rules returns a team's rules and frameworks.
	Rules   func(ctx context.Context, teamID string) (*rule.Set, *compliance.Catalog, error)
	Version string // of the program, which reports name
}

// ExportPlace is the place of an export's task: an assessment, or a filter of resources.
type ExportPlace struct {
	Filter     store.ResourceFilter `json:"filter,omitzero"`
	Assessment *AssessmentExport    `json:"assessment,omitempty"`
	// File is what the file is called.
	File string `json:"file"`
}

// ResourcesFile is what an export of resources is called.
const ResourcesFile = "resources.csv"

// ExportKey returns where an execution's export is in the blob store, given what its file is called.
func ExportKey(teamID, executionID, file string) string {
	return teamID + "/exports/" + executionID + "/" + file
}

// Handle writes the file.
func (e *Export) Handle(ctx context.Context, run *job.Run) error {
	work := run.Task()
	var place ExportPlace
	if err := json.Unmarshal(work.Place, &place); err != nil {
		return fault.Wrap(fault.Internal, err, "what an export is of can't be read")
	}
	found := audit.Found{}
	write := func(w io.Writer) (err error) {
		found.Resources, err = e.write(ctx, w, work.TeamID, place.Filter)
		return err
	}
	content := "text/csv; charset=utf-8"
	if x := place.Assessment; x != nil {
		format, d, err := e.document(ctx, work.TeamID, *x)
		if err != nil {
			return err
		}
		content = format.ContentType
		write = func(w io.Writer) error { return format.Write(w, d) }
	}
	r, w := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.CloseWithError(write(w)) // nil is io.EOF for the reader
	}()
	err := e.Blobs.Put(ctx, ExportKey(work.TeamID, work.ExecutionID, place.File), r, blob.PutOptions{ContentType: content})
	_ = r.CloseWithError(io.ErrClosedPipe) // ends the writer when Put failed
	<-done
	if err == nil {
		run.Found(found)
	}
	return err
}

var exportHeader = []string{
	"resource_id", "provider_id", "resource_type", "region", "name", "status", "external_id", "tags",
	"config_hash", "unread", "first_seen_at", "changed_at", "last_seen_at",
}

// write writes all pages and returns how many resources there were.
func (e *Export) write(ctx context.Context, w io.Writer, teamID string, f store.ResourceFilter) (int, error) {
	out := csv.NewWriter(w)
	if err := out.Write(exportHeader); err != nil {
		return 0, err
	}
	n := 0
	for paging := (store.Paging{Limit: store.MaxLimit}); ; {
		page, err := e.Store.Resources(ctx, teamID, f, paging)
		if err != nil {
			return n, err
		}
		for i := range page.Items {
			if err := out.Write(exportRow(&page.Items[i])); err != nil {
				return n, err
			}
			n++
		}
		if page.Next == "" {
			out.Flush()
			return n, out.Error()
		}
		paging.Cursor = page.Next
	}
}

func exportRow(r *audit.Resource) []string {
	tags := make([]string, 0, len(r.Tags))
	for k, v := range r.Tags {
		tags = append(tags, k+"="+v)
	}
	slices.Sort(tags)
	unread := make([]string, 0, len(r.Unread))
	for path := range r.Unread {
		unread = append(unread, path)
	}
	slices.Sort(unread)
	at := func(t time.Time) string { return t.Format(time.RFC3339) }
	return csvsafe.Row([]string{
		r.ID, r.ProviderID, r.Type, r.Region, r.Name, string(r.Status), r.ExternalID, strings.Join(tags, " "),
		r.ConfigHash, strings.Join(unread, " "), at(r.FirstSeenAt), at(r.ChangedAt), at(r.LastSeenAt),
	})
}
