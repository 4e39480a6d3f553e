package enrol

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"net/netip"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/coopv1"
	"github.com/adit-mining/adit/coop/rpc"
	"github.com/adit-mining/adit/link/pki"
	"github.com/adit-mining/adit/store/sqldb"
)

// againWithin is how long the same key may ask for its certificate once more, because an answer was lost.
const againWithin = time.Hour

const mostSecret = 64

// Server is the gRPC side: what a coordinator answers to who has no certificate yet. Register it with rpc.Options.Register.
func (s *Service) Server() coopv1.EnrolServer { return &server{s: s} }

type server struct {
	coopv1.UnimplementedEnrolServer
	s *Service
}

var errNoInvite = adit.Errorf(adit.Forbidden, "this invitation does not hold: it was used, has expired or was taken back. Ask the operator for a new one")

// Terms implements the service.
func (g *server) Terms(ctx context.Context, r *coopv1.EnrolTermsRequest) (*coopv1.EnrolTerms, error) {
	i, _, err := g.s.open(ctx, r.GetSecret())
	if err != nil {
		return nil, toStatus(err)
	}
	if state := i.state(g.s.o.Now()); state != "open" {
		return nil, toStatus(errNoInvite)
	}
	return g.s.o.Terms().message(i.Name, i.Expires), nil
}

// Join implements the service.
func (g *server) Join(ctx context.Context, r *coopv1.EnrolJoinRequest) (*coopv1.EnrolCertificate, error) {
	i, from, err := g.s.open(ctx, r.GetSecret())
	if err != nil {
		return nil, toStatus(err)
	}
	out, err := g.s.join(ctx, i, from, r)
	return out, toStatus(err)
}

// Renew implements the service.
func (g *server) Renew(ctx context.Context, r *coopv1.EnrolRenewRequest) (*coopv1.EnrolCertificate, error) {
	cert, remote := rpc.Caller(ctx)
	switch {
	case cert == nil:
		return nil, status.Error(codes.Unauthenticated, "only a member renews: a certificate is needed")
	case !g.s.tries.take(remote.Addr(), 1):
		return nil, status.Error(codes.ResourceExhausted, "too many questions from this address; wait a minute")
	}
	signed, err := g.s.o.CA.Sign(ctx, pki.Request{Name: cert.Subject.CommonName}, r.GetCsr())
	if err != nil {
		return nil, toStatus(err)
	}
	g.s.o.Log.InfoContext(ctx, "a member renewed its certificate", "member", cert.Subject.CommonName, "until", signed.Cert.NotAfter.Format(time.DateOnly))
	return certificate(signed), nil
}

func certificate(s pki.Signed) *coopv1.EnrolCertificate {
	return &coopv1.EnrolCertificate{Name: s.Cert.Subject.CommonName, Certificate: s.PEM, Ca: s.CA, NotAfter: s.Cert.NotAfter.UnixMilli()}
}

// open finds the invitation of a secret, however it stands, and slows down who guesses.
func (s *Service) open(ctx context.Context, secret string) (i invite, from netip.Addr, err error) {
	_, remote := rpc.Caller(ctx)
	from = remote.Addr()
	if !s.tries.take(from, 1) {
		return i, from, adit.Errorf(adit.Refused, "too many tries from this address; wait a minute")
	}
	raw, err := hex.DecodeString(secret)
	if err == nil && len(secret) <= mostSecret && len(raw) == secretSize {
		i, err = inviteByHash(ctx, s.o.DB, s.hash(raw))
	} else {
		err = errNoInvite
	}
	if code := adit.CodeOf(err); code == adit.NotFound || code == adit.Forbidden {
		s.tries.fine(from)
		s.o.Log.InfoContext(ctx, "somebody came with a code that does not hold", "from", from)
		return i, from, errNoInvite
	}
	return i, from, err
}

func (s *Service) join(ctx context.Context, i invite, from netip.Addr, r *coopv1.EnrolJoinRequest) (*coopv1.EnrolCertificate, error) {
	terms := s.o.Terms()
	if r.GetTermsHash() != terms.Hash() {
		return nil, adit.Errorf(adit.Conflict, "the terms have changed meanwhile: read them anew")
	}
	keyHash, err := hashOfKey(r.GetCsr())
	if err != nil {
		return nil, err
	}
	s.joining.Lock()
	defer s.joining.Unlock()
	u, before, err := s.used(ctx, i, keyHash)
	if err != nil {
		return nil, err
	}
	if !before {
		if u, err = s.use(ctx, i, r, keyHash, from, terms); err != nil {
			return nil, err
		}
	}
	signed, err := s.o.CA.Sign(ctx, pki.Request{Name: u.Name}, r.GetCsr())
	if err != nil {
		if !before {
			s.giveBack(ctx, i, keyHash)
		}
		return nil, err
	}
	if err := setSerial(ctx, s.o.DB, i.ID, keyHash, signed.Cert.SerialNumber.Text(16)); err != nil {
		s.o.Log.WarnContext(ctx, "the serial of a new member could not be written", "member", u.Name, "err", err)
	}
	if !before {
		s.note(ctx, adit.Actor{ID: "coop", Name: "coop"}, "coop.joined", u.Name, u.Name+" joined by an invitation of "+i.By,
			map[string]string{"invite": i.ID, "from": from.String(), "terms": u.TermsHash})
		s.o.Log.InfoContext(ctx, "a member joined", "member", u.Name, "from", from, "invitedBy", i.By)
	}
	return certificate(signed), nil
}

// used finds an earlier use by the same key that may be answered once more, and refuses who comes too late.
func (s *Service) used(ctx context.Context, i invite, keyHash string) (u use, before bool, err error) {
	now := s.o.Now()
	u, err = useByKey(ctx, s.o.DB, i.ID, keyHash)
	switch {
	case err == nil && i.Revoked == nil && now.Sub(u.At) < againWithin:
		return u, true, nil
	case err == nil || i.state(now) != "open":
		return u, false, errNoInvite
	case adit.CodeOf(err) != adit.NotFound:
		return u, false, err
	}
	return use{}, false, nil
}

// use takes one use of the invitation and writes down who came and what was agreed to.
func (s *Service) use(ctx context.Context, i invite, r *coopv1.EnrolJoinRequest, keyHash string, from netip.Addr, terms Terms) (u use, err error) {
	name := i.Name
	if name == "" {
		if name = r.GetName(); name == "" {
			return u, adit.InvalidField("name", "choose the name of this member (--name)")
		}
		if err := s.unused(name); err != nil {
			return u, err
		}
	}
	text, _ := json.Marshal(terms) // strings only: it does not fail
	u = use{Invite: i.ID, KeyHash: keyHash, Name: name, Remote: from.String(), At: s.o.Now(), TermsHash: terms.Hash(), Terms: string(text)}
	if ms := r.GetAgreedAt(); ms > 0 && ms < 1<<50 {
		at := time.UnixMilli(ms).UTC()
		u.Agreed = &at
	}
	err = s.o.DB.InTx(ctx, func(q sqldb.Q) error {
		left, err := takeUse(ctx, q, i.ID)
		if err != nil {
			return err
		}
		if !left {
			return errNoInvite
		}
		return insertUse(ctx, q, u)
	})
	return u, err
}

// unused refuses a chosen name that belongs to somebody.
func (s *Service) unused(name string) error {
	if err := s.free(name); err != nil {
		return err
	}
	list, err := s.o.CA.List()
	if err != nil {
		return err
	}
	now := s.o.Now()
	for _, i := range list {
		if i.Name == name && i.State(now) == "valid" {
			return adit.Errorf(adit.Conflict, "there is a member %q already: choose another name (--name), or ask for an invitation in that name", name)
		}
	}
	return nil
}

func (s *Service) giveBack(ctx context.Context, i invite, keyHash string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := s.o.DB.InTx(ctx, func(q sqldb.Q) error {
		if err := deleteUse(ctx, q, i.ID, keyHash); err != nil {
			return err
		}
		return giveUse(ctx, q, i.ID)
	})
	if err != nil {
		s.o.Log.WarnContext(ctx, "the use of an invitation could not be given back", "invite", i.ID, "err", err)
	}
}

func hashOfKey(csr []byte) (string, error) {
	r, err := x509.ParseCertificateRequest(csr)
	if err != nil || len(r.RawSubjectPublicKeyInfo) == 0 {
		return "", adit.InvalidField("csr", "not a certificate request (PKCS #10, DER)")
	}
	sum := sha256.Sum256(r.RawSubjectPublicKeyInfo)
	return hex.EncodeToString(sum[:]), nil
}

// toStatus is an error as gRPC tells it; what is ours alone stays in the log.
func toStatus(err error) error {
	e, ok := adit.AsError(err)
	switch {
	case err == nil:
		return nil
	case !ok || e.Code == adit.Internal:
		return status.Error(codes.Unavailable, "the coordinator cannot do this now; its log says why")
	}
	code := map[adit.Code]codes.Code{
		adit.Invalid: codes.InvalidArgument, adit.NotFound: codes.NotFound, adit.Forbidden: codes.PermissionDenied,
		adit.Conflict: codes.FailedPrecondition, adit.Refused: codes.ResourceExhausted, adit.Unauthorized: codes.Unauthenticated,
	}[e.Code]
	if code == codes.OK {
		code = codes.Unavailable
	}
	return status.Error(code, e.Error())
}
