package enrol

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/internal/atomicfile"
	"github.com/adit-mining/adit/link/pki"
	"github.com/adit-mining/adit/store/sqldb"
)

// How long and how often an invitation holds.
const (
	defaultHold = 24 * time.Hour
	leastHold   = time.Minute
	mostHold    = 30 * 24 * time.Hour
	mostUses    = 1000
	keySize     = 32
)

// Journal writes down who was invited and who came; fleet/journal is one.
type Journal interface {
	Note(ctx context.Context, actor adit.Actor, kind, severity, subject, text string, data map[string]string) error
}

// Options of a Service. DB, CA, Terms, Listen and Dir are needed.
type Options struct {
	DB     *sqldb.DB
	CA     *pki.Folder
	Terms  func() Terms
	Listen string // HOST:PORT of the gRPC port, as it is bound; a host that is not all addresses is the default of codes
	Dir    string // the coordinator's own folder: the key of the secrets' hashes lies there

	Journal Journal // nil: nothing is written down
	Now     func() time.Time
	Log     *slog.Logger
}

// Service makes invitations and takes in who comes with one. It is the Invites of view.Source, and Server is its gRPC side.
type Service struct {
	o   Options
	key []byte

	joining sync.Mutex // one at a time: names are given out
	tries   *tries
}

var _ view.Invites = (*Service)(nil)

// New reads or makes the key that secrets are hashed with.
func New(o Options) (*Service, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	key, err := readKey(filepath.Join(o.Dir, "enrol.key"))
	if err != nil {
		return nil, err
	}
	return &Service{o: o, key: key, tries: newTries(o.Now)}, nil
}

func readKey(path string) ([]byte, error) {
	key, err := os.ReadFile(path)
	switch {
	case err == nil && len(key) == keySize:
		return key, nil
	case err == nil:
		return nil, adit.Errorf(adit.Invalid, "%s is damaged: remove it; open invitations end by that", path)
	case !os.IsNotExist(err):
		return nil, adit.Errorf(adit.Internal, "the key of invitations cannot be read: %w", err)
	}
	key = make([]byte, keySize)
	_, _ = rand.Read(key) // never fails since Go 1.24
	if err := atomicfile.Write(path, key, 0o600); err != nil {
		return nil, adit.Errorf(adit.Internal, "the key of invitations cannot be written: %w", err)
	}
	return key, nil
}

// hash keys what is kept of a secret, so that a copy of the database opens nothing.
func (s *Service) hash(secret []byte) string {
	m := hmac.New(sha256.New, s.key)
	m.Write([]byte("coop-invite\x00"))
	m.Write(secret)
	return hex.EncodeToString(m.Sum(nil))
}

// Invite makes an invitation. Its code is told this once.
func (s *Service) Invite(ctx context.Context, actor adit.Actor, r view.InviteRequest) (out view.NewInvite, err error) {
	if err := actor.May(adit.ScopeOwner); err != nil {
		return out, err
	}
	i, code, err := s.draft(ctx, r)
	if err != nil {
		return out, err
	}
	i.By = actor.Name
	if err := insertInvite(ctx, s.o.DB, i); err != nil {
		return out, err
	}
	s.note(ctx, actor, "coop.invite", cmp.Or(i.Name, "anybody"), "invited "+cmp.Or(i.Name, "who has the code"), map[string]string{"invite": i.ID})
	text := code.String()
	return view.NewInvite{Invite: s.view(i, nil), Code: text, Command: "adit coop join " + text}, nil
}

// draft checks what was asked for, before anything is written.
func (s *Service) draft(ctx context.Context, r view.InviteRequest) (i invite, c Code, err error) {
	hold := defaultHold
	if r.Seconds != nil {
		if !(*r.Seconds >= leastHold.Seconds() && *r.Seconds <= mostHold.Seconds()) {
			return i, c, adit.InvalidField("seconds", "%g: an invitation holds 1 minute to 30 days", *r.Seconds)
		}
		hold = time.Duration(*r.Seconds * float64(time.Second))
	}
	uses := 1
	if r.Uses != nil {
		uses = *r.Uses
	}
	if uses < 1 || uses > mostUses {
		return i, c, adit.InvalidField("uses", "%d: use 1 to %d", uses, mostUses)
	}
	if r.Name != "" {
		if err := s.free(r.Name); err != nil {
			return i, c, err
		}
	}
	ca, err := s.o.CA.CA()
	if err != nil {
		return i, c, err
	}
	if c.Host, c.Port, err = s.reach(ctx, r.Host); err != nil {
		return i, c, err
	}
	c.Pin = pki.PinOf(ca)
	_, _ = rand.Read(c.Secret[:]) // never fails since Go 1.24
	now := s.o.Now().UTC()
	return invite{
		ID: adit.NewID(), Hash: s.hash(c.Secret[:]), Name: r.Name, Host: c.Address(), Created: now, Expires: now.Add(hold), Uses: uses,
	}, c, nil
}

// free checks a name that an invitation is to give. Members may have several machines: a name that has a certificate is
// right, one that was revoked is not.
func (s *Service) free(name string) error {
	if !pki.ValidName(name) {
		return adit.InvalidField("name", "%q: use 1 to 64 letters, digits, '.', '_', '-', beginning with a letter or digit", name)
	}
	list, err := s.o.CA.List()
	if err != nil {
		return err
	}
	for _, i := range list {
		if i.Name == name && i.Kind == pki.KindServer {
			return adit.InvalidField("name", "%q is the coordinator itself: choose another", name)
		}
	}
	if revoked, err := s.o.CA.Barred(name); err != nil || revoked {
		if err == nil {
			err = adit.InvalidField("name", "%q was revoked: choose another name, or let it count again with `adit pki issue %s --again`", name, name)
		}
		return err
	}
	return nil
}

// reach is where the code sends people: the host asked for, else the one that is bound, else this computer's name. The
// coordinator's certificate is made to fit.
func (s *Service) reach(ctx context.Context, host string) (string, uint16, error) {
	bound, portText, err := net.SplitHostPort(s.o.Listen)
	port, notNumber := strconv.ParseUint(portText, 10, 16)
	if err != nil || notNumber != nil || port == 0 {
		return "", 0, adit.Errorf(adit.Conflict, "this coordinator has no gRPC port for workers: set grpc.listen (--grpc-listen) and start it again")
	}
	if host == "" {
		host = bound
		if ip := net.ParseIP(bound); bound == "" || ip != nil && ip.IsUnspecified() {
			if host, err = os.Hostname(); err != nil || host == "" {
				return "", 0, adit.InvalidField("host", "name the address under which others reach this computer (--host)")
			}
		}
	}
	host, err = s.o.CA.AddHost(ctx, host)
	return host, uint16(port), err
}

// Invites lists all invitations, the newest first.
func (s *Service) Invites(ctx context.Context, actor adit.Actor) ([]view.Invite, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return nil, err
	}
	list, err := listInvites(ctx, s.o.DB)
	if err != nil {
		return nil, err
	}
	uses, err := listUses(ctx, s.o.DB)
	if err != nil {
		return nil, err
	}
	last := map[string]*use{}
	for n := len(uses) - 1; n >= 0; n-- {
		last[uses[n].Invite] = &uses[n]
	}
	out := make([]view.Invite, 0, len(list))
	for _, i := range list {
		out = append(out, s.view(i, last[i.ID]))
	}
	return out, nil
}

// RevokeInvite ends an invitation. Who came by it stays a member (`adit pki revoke` ends that).
func (s *Service) RevokeInvite(ctx context.Context, actor adit.Actor, id string) error {
	if err := actor.May(adit.ScopeOwner); err != nil {
		return err
	}
	i, err := inviteByID(ctx, s.o.DB, id)
	if adit.CodeOf(err) == adit.NotFound {
		return adit.Errorf(adit.NotFound, "there is no invitation %q", id)
	}
	if err != nil {
		return err
	}
	now := s.o.Now()
	if state := i.state(now); state != "open" {
		return adit.Errorf(adit.Conflict, "the invitation is %s already", state)
	}
	if _, err := revokeInvite(ctx, s.o.DB, id, now); err != nil {
		return err
	}
	s.note(ctx, actor, "coop.invite_revoked", cmp.Or(i.Name, "anybody"), "took back the invitation of "+cmp.Or(i.Name, "who has the code"), map[string]string{"invite": id})
	return nil
}

// InvitedBy maps the names of certificates to who invited them.
func (s *Service) InvitedBy(ctx context.Context) (map[string]string, error) {
	list, err := listInvites(ctx, s.o.DB)
	if err != nil {
		return nil, err
	}
	by := map[string]string{}
	for _, i := range list {
		by[i.ID] = i.By
	}
	uses, err := listUses(ctx, s.o.DB)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, u := range uses {
		out[u.Name] = by[u.Invite]
	}
	return out, nil
}

func (i invite) state(now time.Time) string {
	switch {
	case i.Revoked != nil:
		return "revoked"
	case i.Used >= i.Uses:
		return "used"
	case !now.Before(i.Expires):
		return "expired"
	}
	return "open"
}

func (s *Service) view(i invite, last *use) view.Invite {
	v := view.Invite{
		ID: i.ID, Name: i.Name, By: i.By, CreatedAt: i.Created, ExpiresAt: i.Expires, State: i.state(s.o.Now()), Uses: i.Uses, Used: i.Used,
	}
	if last != nil {
		v.UsedAt, v.UsedBy = &last.At, last.Remote
	}
	return v
}

func (s *Service) note(ctx context.Context, actor adit.Actor, kind, subject, text string, data map[string]string) {
	if s.o.Journal == nil {
		return
	}
	if err := s.o.Journal.Note(ctx, actor, kind, "info", subject, text, data); err != nil {
		s.o.Log.WarnContext(ctx, "the journal could not be written", "err", err)
	}
}
