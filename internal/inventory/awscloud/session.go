package awscloud

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
)

// session is an account in one region, as collectors see it. It is safe for concurrent use.
type session struct {
	account   string // id
	partition string
	// region is the slice's: audit.RegionGlobal for services without regions, whose calls go to cfg.Region.
	region string
	home   string // the account's home region: where account-wide resources are listed
	cfg    aws.Config
	limits awsaccess.Limits
	// standsOn is the action on which each resource type's listing stands.
	standsOn map[string]string

	mu      sync.Mutex
	clients map[reflect.Type]any
	memos   map[string]*memory
	// in returns the same account's session of another region.
	in func(region string) *session
}

func newSession(a *Account, region string) *session {
	s := &session{
		account: a.id, partition: a.partition, region: region, home: a.access.Config.Region, cfg: a.access.Config.Copy(), limits: a.access.Limits, standsOn: a.standsOn,
		clients: map[reflect.Type]any{}, memos: map[string]*memory{}, in: a.session,
	}
	s.cfg.Region = region
	if region == audit.RegionGlobal {
		s.cfg.Region = awsaccess.GlobalRegion(a.partition)
	}
	return s
}

// client returns the session's client of type T, made once:
//
//	api := client(s, func(c aws.Config) *kms.Client { return kms.NewFromConfig(c) })
func client[T any](s *session, make func(aws.Config) T) T {
	key := reflect.TypeFor[T]()
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, ok := s.clients[key]; ok {
		return c.(T)
	}
	c := make(s.cfg)
	s.clients[key] = c
	return c
}

// memory is one remembered answer. The channel is its lock, so that who waits for it can give up.
type memory struct {
	lock  chan struct{}
	done  bool
	value any
	err   error
}

// memo returns what read returned when it was first called under the key, its error included, so that listings that
// share a call make it once. An answer that was cut short by its caller's end is not remembered. Collectors begin
// their keys with the service: "kms:ListAliases".
func memo[T any](ctx context.Context, s *session, key string, read func(context.Context) (T, error)) (T, error) {
	s.mu.Lock()
	m := s.memos[key]
	if m == nil {
		m = &memory{lock: make(chan struct{}, 1)}
		s.memos[key] = m
	}
	s.mu.Unlock()

	var zero T
	select {
	case m.lock <- struct{}{}:
		defer func() { <-m.lock }()
	case <-ctx.Done():
		return zero, ctx.Err()
	}
	if !m.done {
		v, err := read(ctx)
		if err != nil && (ctx.Err() != nil || errors.Is(err, context.Canceled)) {
			return zero, err
		}
		m.value, m.err, m.done = v, err, true
	}
	v, _ := m.value.(T)
	return v, m.err
}

// arn makes the ARN of a resource of this account and region: "arn:aws:ec2:eu-west-1:123456789012:instance/i-0abc".
func (s *session) arn(service, resource string) string {
	region := s.region
	if region == audit.RegionGlobal {
		region = ""
	}
	return strings.Join([]string{"arn", s.partition, service, region, s.account, resource}, ":")
}
