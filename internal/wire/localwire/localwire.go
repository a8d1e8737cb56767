// Package localwire puts the product together on one machine: the embedded store, the in-process queue, local keys and
// files, and the same schedules, tasks and API as on AWS.
package localwire

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/blob"
	"github.com/infraudit/infraudit/internal/job"
	"github.com/infraudit/infraudit/internal/notify"
	"github.com/infraudit/infraudit/internal/outbox"
	"github.com/infraudit/infraudit/internal/queue/memqueue"
	"github.com/infraudit/infraudit/internal/secret"
	"github.com/infraudit/infraudit/internal/store"
	"github.com/infraudit/infraudit/internal/table/bolttable"
	"github.com/infraudit/infraudit/internal/task"
	"github.com/infraudit/infraudit/internal/wire/accounts"
	"github.com/infraudit/infraudit/internal/wire/eventswire"
	"github.com/infraudit/infraudit/internal/wire/opener"
	"github.com/infraudit/infraudit/internal/wire/productwire"
)

// Config says how the product is put together.
type Config struct {
	DataDir string   // made when it isn't there, for its owner alone
	BaseURL *url.URL // where clients reach the server: presigned URLs begin with it
	Version string
	Log     *slog.Logger
	// Principal is whom customers' roles have to trust; see accounts.Accounts.
	Principal string
	Demo      *accounts.Demo
	// Retries are the pauses of the search for actors; nil means the default.
	Retries []time.Duration
	// WebhookAllow are networks that webhooks may lead to although they aren't public; see webhook.ParseAllow.
	WebhookAllow string
	// NoSync leaves it to the operating system when data reaches the disk. For tests.
	NoSync bool
}

// Product is the whole product in one process.
type Product struct {
	*productwire.Product
	Engine   *job.Engine
	Accounts *accounts.Accounts
	Files    *blob.Local // Blobs, and who serves its presigned URLs

	db         *bolttable.DB
	attributor *task.Attributor
	work       *memqueue.Queue
	events     *memqueue.Queue
	sender     *notify.Sender
	log        *slog.Logger
}

// Names of what is in the data folder.
const (
	fileDatabase = "infraudit.db"
	fileKeys     = "keys.json"
	fileToken    = "token"
	dirBlobs     = "blobs"
)

// TeamID is the one team of an installation without sign-in.
var TeamID = audit.DeriveID(audit.PrefixTeam, "local")

// Open puts the product together. Another process that uses the same data folder is an error that says so.
func Open(c Config) (*Product, error) {
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	keys, err := secret.LocalKeyFile(filepath.Join(c.DataDir, fileKeys))
	if err != nil {
		return nil, err
	}
	db, err := bolttable.Open(filepath.Join(c.DataDir, fileDatabase), store.Schemas(), bolttable.Options{NoSync: c.NoSync})
	if err != nil {
		return nil, fmt.Errorf("data folder %s: %w", c.DataDir, err)
	}
	blobs, err := blob.OpenLocal(filepath.Join(c.DataDir, dirBlobs), c.BaseURL, keys.Installation.Key("blob url"), c.Log)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	p := &Product{Product: productwire.New(db, blobs.Store, c.Version), Files: blobs, db: db, log: c.Log, work: memqueue.New(memqueue.Options{})}
	p.attributor = &task.Attributor{Tasks: p.Tasks, Queue: memqueue.New(memqueue.Options{
		Visibility: 5 * time.Minute,
	}), Retries: c.Retries, Log: c.Log}
	p.Tasks.Attribute = p.attributor.Request
	options := p.Options(c.Log)
	options.Tasks = p.work
	p.Engine = job.New(options)
	p.Accounts = &accounts.Accounts{
		Store: p.Store, Engine: p.Engine, Version: c.Version,
		Keys: func(context.Context) (*secret.Keys, error) { return keys, nil },
		Log:  c.Log, Principal: c.Principal, Demo: c.Demo,
	}
	p.Tasks.Opener = opener.Opener{Accounts: p.Accounts}
	p.events = memqueue.New(memqueue.Options{Visibility: eventVisibility})
	p.Store.Announce(outbox.Announcer(p.events, c.Log))
	p.sender, err = eventswire.Sender(eventswire.Options{
		Store: p.Store, Queue: p.events, Keys: p.Accounts.Keys, Allow: c.WebhookAllow, Version: c.Version, Log: c.Log,
	})
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// Sending of events: how long one may take, all its webhooks together, how many are sent at once, and how often what is due is looked for.
const (
	eventVisibility = 2 * time.Minute
	eventsAtOnce    = 8
	eventSweep      = time.Minute
)

// Prepare makes what a first start needs: the team, its default jobs, and an admin's token in the data folder.
func (p *Product) Prepare(ctx context.Context, dataDir string) (token string, err error) {
	team, err := p.Store.EnsureTeam(ctx, store.Team{ID: TeamID, Name: "local"})
	if err != nil {
		return "", err
	}
	if err := p.Engine.EnsureDefaultJobs(ctx, team.ID); err != nil {
		return "", err
	}
	return p.bootstrapToken(ctx, filepath.Join(dataDir, fileToken))
}

// bootstrapToken returns the admin's token from its file, or makes both.
func (p *Product) bootstrapToken(ctx context.Context, path string) (string, error) {
	raw, err := os.ReadFile(path)
	token := strings.TrimSpace(string(raw))
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && token == "":
		token = "iat_" + rand.Text() + rand.Text()
		if err := os.WriteFile(path, []byte(token+"\n"), 0o600); err != nil {
			return "", fmt.Errorf("token file: %w", err)
		}
	case err != nil:
		return "", fmt.Errorf("token file: %w", err)
	}
	if _, err := p.Store.LookupToken(ctx, token); err == nil {
		return token, nil
	}
	return token, p.Store.CreateToken(ctx, token, store.Token{
		TeamID: TeamID, UserID: "usr_local", Role: "admin", Name: "made at the first start",
	})
}

// Run works on tasks, schedules and searches for actors until ctx ends.
func (p *Product) Run(ctx context.Context) {
	done := make(chan struct{}, 3)
	go func() {
		defer func() { done <- struct{}{} }()
		p.Engine.Run(ctx)
	}()
	go func() {
		defer func() { done <- struct{}{} }()
		p.recoverActors(ctx)
		if err := p.attributor.Work(ctx); err != nil && ctx.Err() == nil {
			p.log.ErrorContext(ctx, "the search for actors stopped", "error", err)
		}
	}()
	go func() {
		defer func() { done <- struct{}{} }()
		p.sender.Work(ctx, eventsAtOnce)
	}()
	go p.sweep(ctx)
	go p.sweepEvents(ctx)
	for range cap(done) {
		<-done
	}
}

// sweepEvents has sent, each minute, what is due, and at first what the last process left.
func (p *Product) sweepEvents(ctx context.Context) {
	ticker := time.NewTicker(eventSweep)
	defer ticker.Stop()
	for {
		if err := outbox.Sweep(ctx, p.Store, p.events); err != nil && ctx.Err() == nil {
			p.log.WarnContext(ctx, "events that are due could not be looked for", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// recoverActors asks for the actors that were still pending when the last process ended: its queue went with it.
func (p *Product) recoverActors(ctx context.Context) {
	paging := store.Paging{Limit: store.MaxLimit}
	for {
		page, err := p.Store.Providers(ctx, TeamID, store.ProviderFilter{}, paging)
		if err != nil {
			p.log.WarnContext(ctx, "pending actors could not be looked for", "error", err)
			return
		}
		for _, pr := range page.Items {
			if pr.SyncStatus == audit.SyncStatusDisconnected {
				continue
			}
			if err := p.attributor.Recover(ctx, TeamID, pr.ID); err != nil {
				p.log.WarnContext(ctx, "pending actors could not be looked for", "provider", pr.ID, "error", err)
			}
		}
		if page.Next == "" {
			return
		}
		paging.Cursor = page.Next
	}
}

// sweepEvery is how often expired items leave the database; DynamoDB does so by itself.
const sweepEvery = 10 * time.Minute

func (p *Product) sweep(ctx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		if _, err := p.db.Expire(ctx, 10_000); err != nil && ctx.Err() == nil {
			p.log.WarnContext(ctx, "expired items could not be removed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Close lets go of the data folder. Run must have returned.
func (p *Product) Close() error {
	return errors.Join(p.work.Close(), p.events.Close(), p.attributor.Queue.Close(), p.Files.Close(), p.db.Close())
}
