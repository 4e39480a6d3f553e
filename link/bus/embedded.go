package bus

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/wire"
)

// Channel separates what must stay quick (orders, presence) from what may queue (frames): each has its own connection.
type Channel string

// The channels of an agent.
const (
	Control   Channel = "control"   // presence out; orders and questions in
	Telemetry Channel = "telemetry" // hello and frames out
)

// Options of an embedded bus. The zero value is ready.
type Options struct {
	Log        *slog.Logger // nil = silent
	MaxPayload int          // largest message in bytes; 0 = a frame of wire.MaxFrame with its envelope
}

// Embedded is a NATS server in this process that opens no port: only connections made here reach it.
type Embedded struct {
	srv  *server.Server
	keys *keyring
	log  *slog.Logger

	mu    sync.Mutex
	conns map[*conn]struct{}
}

// Open starts an embedded server. It is ready when Open returns.
func Open(o Options) (*Embedded, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.MaxPayload == 0 {
		o.MaxPayload = wire.MaxFrame + 4096
	}
	e := &Embedded{keys: newKeyring(), log: o.Log, conns: map[*conn]struct{}{}}
	srv, err := server.NewServer(&server.Options{
		ServerName:                 "adit",
		DontListen:                 true,
		NoSigs:                     true,
		NoLog:                      true,
		NoSystemAccount:            true,
		MaxPayload:                 int32(o.MaxPayload),
		MaxSubs:                    1024,
		CustomClientAuthentication: e.keys,
	})
	if err != nil {
		return nil, fmt.Errorf("bus: %w", err)
	}
	srv.Start()
	if !srv.ReadyForConnections(10 * time.Second) {
		srv.Shutdown()
		return nil, adit.Errorf(adit.Internal, "bus: the embedded server was not ready within 10 s")
	}
	e.srv = srv
	return e, nil
}

// Hub opens a connection with the hub's rights: every subject of adit.
func (e *Embedded) Hub() (Conn, error) { return e.connect("hub", hubRights()) }

// Agent opens a connection with the rights of one rig on one channel: its own subjects and its own inbox, no other.
func (e *Embedded) Agent(rig adit.RigID, ch Channel) (Conn, error) {
	if !wire.ValidRig(rig) {
		return nil, adit.InvalidField("rig", "%q cannot name a rig: use lower-case letters, digits, '_' and '-'", rig)
	}
	if ch != Control && ch != Telemetry {
		return nil, adit.InvalidField("channel", "%q is not one of %q, %q", ch, Control, Telemetry)
	}
	return e.connect(fmt.Sprintf("agent-%s-%s", rig, ch), agentRights(rig, ch))
}

func (e *Embedded) connect(name string, give func(inbox string) rights) (Conn, error) {
	inbox := "_INBOX_" + strings.ToLower(adit.NewID())
	key := e.keys.issue(give(inbox))
	c, err := dial(e.srv, name, inbox, key, e.log)
	if err != nil {
		e.keys.revoke(key)
		return nil, err
	}
	c.onClose = func() {
		e.keys.revoke(key)
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.conns, c)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.conns[c] = struct{}{}
	return c, nil
}

// Close closes every connection, then the server; it returns when all their work has ended.
func (e *Embedded) Close() error {
	e.mu.Lock()
	open := slices.Collect(maps.Keys(e.conns))
	e.mu.Unlock()
	for _, c := range open {
		_ = c.Close()
	}
	e.srv.Shutdown()
	e.srv.WaitForShutdown()
	return nil
}
