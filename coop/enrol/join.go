package enrol

import (
	"context"
	"crypto/x509"
	"encoding/hex"
	"net"
	"os"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/coopv1"
	"github.com/adit-mining/adit/coop/rpc"
	"github.com/adit-mining/adit/link/pki"
)

const (
	askTime   = 15 * time.Second
	joinTries = 4
	tryPause  = time.Second
)

// JoinOptions is a computer that wants to join. Code, Data and Agree are needed.
type JoinOptions struct {
	Code  string
	Data  string // data directory
	Name  string // wished, where the invitation gives none; "" = the computer's name
	Again bool   // leave the crew that was joined before
	// Agree shows the offer to the owner and returns nil where the owner agrees.
	Agree func(ctx context.Context, o Offer) error
	Now   func() time.Time
	// Dial connects to the coordinator; nil: TCP.
	Dial func(ctx context.Context, address string) (net.Conn, error)
}

// Join makes a computer a member: it reads the terms, has the owner agree, makes a key, gets a certificate, keeps both, and
// proves them by a first connection. Where only that last step fails it has joined, and the error says what is in the way.
func Join(ctx context.Context, o JoinOptions) (Crew, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	code, err := ParseCode(o.Code)
	if err != nil {
		return Crew{}, err
	}
	if c, err := Joined(o.Data); err == nil && !o.Again {
		return c, adit.Errorf(adit.Conflict, "this computer belongs to the crew %q of %s already; --again leaves it for the new one", c.Terms.ClusterName, c.Coordinator)
	}
	if err := os.MkdirAll(Folder(o.Data), 0o700); err != nil { // before a use of the code is spent
		return Crew{}, unwritable(err)
	}
	conn, explain, err := rpc.DialPinned(code.Address(), code.Pin, o.Now, o.Dial)
	if err != nil {
		return Crew{}, err
	}
	defer func() { _ = conn.Close() }() // it is of no more use either way
	j := &joiner{o: o, code: code, api: coopv1.NewEnrolClient(conn), explain: explain}
	c, err := j.join(ctx)
	if err != nil {
		return Crew{}, err
	}
	return c, prove(ctx, o, c)
}

type joiner struct {
	o       JoinOptions
	code    Code
	api     coopv1.EnrolClient
	explain func(error) error
}

func (j *joiner) join(ctx context.Context) (c Crew, err error) {
	terms, member, err := j.terms(ctx)
	if err != nil {
		return c, err
	}
	name := member
	if name == "" {
		if name = j.o.Name; name == "" {
			name = pki.ThisComputer()
		}
	}
	key, csr, err := pki.NewRequest(name)
	if err != nil {
		return c, adit.Errorf(adit.Internal, "no key could be made: %w", err)
	}
	agreed := j.o.Now().UTC()
	got, err := j.sign(ctx, &coopv1.EnrolJoinRequest{
		Secret: j.secret(), Csr: csr, Name: name, TermsHash: terms.Hash(), AgreedAt: agreed.UnixMilli(),
	})
	if err != nil {
		return c, err
	}
	if err := j.check(got, key); err != nil {
		return c, err
	}
	c = Crew{
		Coordinator: j.code.Address(), Member: got.GetName(), Terms: terms, TermsHash: terms.Hash(), AgreedAt: agreed, JoinedAt: j.o.Now().UTC(),
	}
	return c, keep(j.o.Data, c, key, got.GetCertificate(), got.GetCa())
}

func (j *joiner) secret() string { return hex.EncodeToString(j.code.Secret[:]) }

// terms reads them and has the owner agree.
func (j *joiner) terms(ctx context.Context) (t Terms, member string, err error) {
	actx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	m, err := j.api.Terms(actx, &coopv1.EnrolTermsRequest{Secret: j.secret()})
	if err != nil {
		return t, "", j.words(err)
	}
	if t, err = readTerms(m); err != nil {
		return t, "", err
	}
	if member = m.GetMember(); member != "" && !pki.ValidName(member) {
		return t, "", adit.Errorf(adit.Refused, "the coordinator gives a name that cannot be")
	}
	return t, member, j.o.Agree(ctx, Offer{Terms: t, Member: member, Address: j.code.Address(), Expires: time.UnixMilli(m.GetExpiresAt())})
}

// sign asks again with the same key where an answer was lost: that uses the invitation up once.
func (j *joiner) sign(ctx context.Context, r *coopv1.EnrolJoinRequest) (out *coopv1.EnrolCertificate, err error) {
	for try := range joinTries {
		if try > 0 {
			t := time.NewTimer(tryPause)
			select {
			case <-ctx.Done():
				t.Stop()
				return nil, j.words(err)
			case <-t.C:
			}
		}
		actx, cancel := context.WithTimeout(ctx, askTime)
		out, err = j.api.Join(actx, r)
		cancel()
		if code := status.Code(err); code != codes.Unavailable && code != codes.DeadlineExceeded {
			break
		}
	}
	if err != nil {
		return nil, j.words(err)
	}
	return out, nil
}

// words keeps the coordinator's own words where it answered.
func (j *joiner) words(err error) error {
	s, _ := status.FromError(err)
	switch s.Code() {
	case codes.PermissionDenied:
		return adit.Errorf(adit.Forbidden, "%s", clean(s.Message()))
	case codes.InvalidArgument:
		return adit.Errorf(adit.Invalid, "%s", clean(s.Message()))
	case codes.FailedPrecondition:
		return adit.Errorf(adit.Conflict, "%s", clean(s.Message()))
	case codes.Unimplemented:
		return adit.Errorf(adit.Unsupported, "this coordinator takes nobody in by code")
	}
	return j.explain(err)
}

// check makes sure that what came is for our key and of the CA we know: nothing else is ever written.
func (j *joiner) check(got *coopv1.EnrolCertificate, key []byte) error {
	bad := func(why string) error {
		return adit.Errorf(adit.Refused, "the coordinator gave a certificate that cannot be used: %s", why)
	}
	pair, err := keyPair(got.GetCertificate(), key)
	if err != nil {
		return bad("it is not for this computer's key")
	}
	cas, err := pki.ParseCerts(got.GetCa())
	if err != nil {
		return bad("it comes without its CA")
	}
	roots, known := x509.NewCertPool(), false
	for _, c := range cas {
		known = known || pki.PinOf(c) == j.code.Pin
		roots.AddCert(c)
	}
	if !known {
		return bad("its CA is not that of the invitation")
	}
	_, err = pair.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: j.o.Now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	switch {
	case err != nil:
		return bad(err.Error())
	case !pki.ValidName(got.GetName()) || pair.Subject.CommonName != got.GetName():
		return bad("its name is another")
	}
	return nil
}

// prove makes the first connection as a member.
func prove(ctx context.Context, o JoinOptions, c Crew) error {
	id, err := pki.Load(JoinedFiles(o.Data), pki.IdentityOptions{Now: o.Now})
	if err != nil {
		return err
	}
	conn, explain, err := rpc.DialMutual(c.Coordinator, id, o.Now, o.Dial)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // it is of no more use either way
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	_, err = coopv1.NewCoopMineClient(conn).GetClusterStats(ctx, &coopv1.ClusterStatsRequest{})
	if err == nil || status.Code(err) == codes.Unimplemented {
		return nil
	}
	return adit.Errorf(adit.CodeOf(explain(err)), "this computer has joined, but its first connection failed: %w", explain(err))
}
