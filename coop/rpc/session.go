package rpc

import (
	"context"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/coopv1"
	"github.com/adit-mining/adit/link/pki"
)

// live is one registration from the worker's side.
type live struct {
	api     coopv1.CoopMineClient
	id      string
	session string
	explain func(error) error
	ended   context.Context // done when it is over
}

// once connects to an address, registers and serves until something breaks. held is how long it was registered.
func (c *Client) once(ctx context.Context, address string) (held time.Duration, registered bool, err error) {
	conn, shake, err := c.open(address)
	if err != nil {
		return 0, false, err
	}
	defer func() { _ = conn.Close() }() // it is of no more use either way
	explain := func(err error) error { return clientError(err, address, shake, c.o.Identity, c.o.Now()) }
	api := coopv1.NewCoopMineClient(conn)
	rctx, cancel := context.WithTimeout(ctx, registerTime)
	r, err := api.Register(rctx, c.o.Handler.Hello())
	cancel()
	switch {
	case err != nil:
		return 0, false, explain(err)
	case !r.GetSuccess():
		return 0, false, adit.Errorf(adit.Forbidden, "the coordinator refuses this worker: %s", short(r.GetMessage()))
	}
	begun := c.o.Now()
	c.o.Handler.Registered(r)
	err = c.serve(ctx, &live{api: api, id: r.GetAssignedId(), session: r.GetSession(), explain: explain}, r.GetConfig())
	return c.o.Now().Sub(begun), true, err
}

// serve keeps jobs coming and heartbeats going until one of them breaks.
func (c *Client) serve(ctx context.Context, l *live, config *coopv1.ClusterConfig) error {
	lctx, cancel := context.WithCancelCause(ctx)
	l.ended = lctx
	c.setLive(l)
	var owned sync.WaitGroup
	owned.Go(func() { cancel(c.jobs(lctx, l)) })
	owned.Go(func() { cancel(c.beats(lctx, l, config)) })
	<-lctx.Done()
	c.setLive(nil)
	if ctx.Err() != nil {
		c.goodbye(l)
	}
	owned.Wait()
	return context.Cause(lctx)
}

// goodbye gives the seat back, so that nobody waits for a worker that will not come.
func (c *Client) goodbye(l *live) {
	ctx, cancel := context.WithTimeout(context.Background(), goodbyeTime)
	defer cancel()
	if _, err := l.api.Unregister(ctx, &coopv1.UnregisterRequest{WorkerId: l.id, Session: l.session}); err != nil {
		c.o.Log.Debug("no goodbye was said", "err", err)
	}
}

func (c *Client) jobs(ctx context.Context, l *live) error {
	stream, err := l.api.StreamJobs(ctx, &coopv1.StreamJobsRequest{WorkerId: l.id, Session: l.session})
	if err != nil {
		return l.explain(err)
	}
	for {
		j, err := stream.Recv()
		if err != nil {
			return l.explain(err)
		}
		c.o.Handler.Job(j)
	}
}

func (c *Client) beats(ctx context.Context, l *live, config *coopv1.ClusterConfig) error {
	every := beatInterval(config)
	misses := 0
	for {
		err := c.beat(ctx, l)
		switch {
		case err == nil:
			misses = 0
		case adit.CodeOf(err) == adit.Timeout && misses+1 < mostMisses:
			misses++
			continue
		default:
			return err
		}
		if !sleep(ctx, every) {
			return ctx.Err()
		}
	}
}

// beatInterval is what the coordinator asks for, within reason.
func beatInterval(config *coopv1.ClusterConfig) time.Duration {
	d := time.Duration(config.GetHeartbeatIntervalMs()) * time.Millisecond
	if d <= 0 {
		d = defaultBeat
	}
	return min(max(d, 100*time.Millisecond), 5*time.Minute)
}

func (c *Client) beat(ctx context.Context, l *live) error {
	b := c.o.Handler.Beat()
	if b == nil {
		b = &coopv1.HeartbeatRequest{}
	}
	b.WorkerId, b.Session = l.id, l.session
	bctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	r, err := l.api.Heartbeat(bctx, b)
	if err != nil {
		return l.explain(err)
	}
	if r.GetCommand() != coopv1.WorkerCommand_COMMAND_NONE {
		c.o.Handler.Command(r.GetCommand(), r.GetConfig(), short(r.GetMessage()))
	}
	return nil
}

// open prepares a connection; the first call makes it.
func (c *Client) open(address string) (*grpc.ClientConn, *handshake, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, nil, checkAddress(address)
	}
	creds, shake := insecure.NewCredentials(), &handshake{}
	if c.o.Identity != nil {
		shake.TransportCredentials = credentials.NewTLS(c.o.Identity.Client(host))
		creds = shake
	}
	conn, err := dialGRPC(address, creds, c.o.Dial)
	return conn, shake, err
}

// dialGRPC is how both services of a coordinator are reached: never through a proxy of the environment, within bounds, and
// with pings that find a dead network out.
func dialGRPC(address string, creds credentials.TransportCredentials, dial func(context.Context, string) (net.Conn, error)) (*grpc.ClientConn, error) {
	return grpc.NewClient("passthrough:///"+address,
		grpc.WithTransportCredentials(creds), grpc.WithContextDialer(dial), grpc.WithNoProxy(), grpc.WithDisableServiceConfig(),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxSend), grpc.MaxCallSendMsgSize(maxReceive)),
		grpc.WithMaxHeaderListSize(maxHeaders), grpc.WithDisableRetry(),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: pingAfter, Timeout: pingTimeout, PermitWithoutStream: true}),
	)
}

// DialPinned connects for enrolment: without a certificate, to a coordinator that is known by the pin of its CA.
func DialPinned(address string, pin pki.Pin, now func() time.Time, dial func(context.Context, string) (net.Conn, error)) (*grpc.ClientConn, func(error) error, error) {
	if err := checkAddress(address); err != nil {
		return nil, nil, err
	}
	host, _, _ := net.SplitHostPort(address)
	if dial == nil {
		d := &net.Dialer{Timeout: dialTime}
		dial = func(ctx context.Context, a string) (net.Conn, error) { return d.DialContext(ctx, "tcp", a) }
	}
	if now == nil {
		now = time.Now
	}
	shake := &handshake{TransportCredentials: credentials.NewTLS(pki.Pinned(pin, host, now))}
	conn, err := dialGRPC(address, shake, dial)
	return conn, func(err error) error { return clientError(err, address, shake, nil, now()) }, err
}

// DialMutual connects with a certificate, for calls beside CoopMine (Enrol.Renew).
func DialMutual(address string, id *pki.Identity, now func() time.Time, dial func(context.Context, string) (net.Conn, error)) (*grpc.ClientConn, func(error) error, error) {
	if now == nil {
		now = time.Now
	}
	c, err := NewClient(ClientOptions{Addresses: []string{address}, Identity: id, Now: now, Dial: dial})
	if err != nil {
		return nil, nil, err
	}
	conn, shake, err := c.open(address)
	return conn, func(err error) error { return clientError(err, address, shake, id, now()) }, err
}
