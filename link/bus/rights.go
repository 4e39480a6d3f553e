package bus

import (
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/wire"
)

// rights is what one identity may send and hear.
type rights = server.Permissions

// replyWithin is how long an answer to a request may take before the right to send it ends; longer than any order's deadline.
const replyWithin = 10 * time.Minute

func hubRights() func(inbox string) rights {
	return func(inbox string) rights {
		return rights{
			Publish:   &server.SubjectPermission{Allow: []string{"adit.>"}},
			Subscribe: &server.SubjectPermission{Allow: []string{"adit.>", inbox + ".>"}},
			// An agent's inbox is its own secret: the hub answers there only when asked.
			Response: &server.ResponsePermission{MaxMsgs: 1, Expires: replyWithin},
		}
	}
}

func agentRights(rig adit.RigID, ch Channel) func(inbox string) rights {
	return func(inbox string) rights {
		r := rights{
			Publish:   &server.SubjectPermission{},
			Subscribe: &server.SubjectPermission{Allow: []string{inbox + ".>"}},
		}
		switch ch {
		case Control:
			r.Publish.Allow = []string{wire.AliveSubject(rig)}
			r.Subscribe.Allow = append(r.Subscribe.Allow, wire.OrderSubject(rig), wire.QuerySubject(rig))
			r.Response = &server.ResponsePermission{MaxMsgs: 1, Expires: replyWithin}
		case Telemetry:
			r.Publish.Allow = []string{wire.HelloSubject(rig), wire.FrameSubject(rig)}
		}
		return r
	}
}

// keyring knows which secret key stands for which rights; keys live as long as their connection.
type keyring struct {
	mu   sync.Mutex
	held map[string]rights
}

func newKeyring() *keyring { return &keyring{held: map[string]rights{}} }

func (k *keyring) issue(r rights) string {
	key := adit.NewID() + adit.NewID()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.held[key] = r
	return key
}

func (k *keyring) revoke(key string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.held, key)
}

// Check is called by the server for each new connection.
func (k *keyring) Check(c server.ClientAuthentication) bool {
	k.mu.Lock()
	r, ok := k.held[c.GetOpts().Token]
	k.mu.Unlock()
	if ok {
		c.RegisterUser(&server.User{Permissions: &r})
	}
	return ok
}
