package stratum

import (
	"encoding/json"
	"errors"
	"net"
	"slices"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/wording"
	"github.com/adit-mining/adit/stratum/jsonline"
)

type wireLogin struct {
	Login     string           `json:"login"`
	Pass      string           `json:"pass"`
	Agent     string           `json:"agent"`
	RigID     string           `json:"rigid,omitempty"`
	Algorithm []adit.Algorithm `json:"algo,omitempty"`

	Extensions []string `json:"extensions,omitempty"` // adit's own, see NonceOffset
}

type wireWelcome struct {
	ID         string          `json:"id"`
	Job        json.RawMessage `json:"job,omitempty"`
	Extensions []string        `json:"extensions,omitempty"`
	Status     string          `json:"status"`
}

// login sends the login and reads until there is a session and a job.
func (c *Client) login() error {
	w := wireLogin{
		Login: c.pool.User, Pass: c.pool.Password, Agent: c.pool.Agent,
		RigID: c.pool.RigID, Algorithm: c.pool.algorithms(), Extensions: c.pool.Extensions,
	}
	if w.Pass == "" {
		w.Pass = "x"
	}
	if w.Agent == "" {
		w.Agent = "adit/" + adit.Version
	}
	if _, err := c.request("login", w, &call{}); err != nil {
		return err
	}
	_ = c.conn.Within(responseTimeout) // what is wrong with the connection is found by reading
	for !c.ready() {
		line, err := c.conn.Next()
		if err != nil {
			return c.noLogin(err)
		}
		if err := c.welcome(line); err != nil {
			return err
		}
	}
	_ = c.conn.Within(0)
	c.since = time.Now()
	c.heard = c.since
	return nil
}

func (c *Client) ready() bool { return c.session != "" && c.job.ID != "" }

// noLogin puts into words why the login did not come to an end.
func (c *Client) noLogin(err error) error {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		if c.session != "" {
			return adit.Errorf(adit.Timeout, "the pool took the login but sent no job within %s", wording.Length(responseTimeout))
		}
		return adit.Errorf(adit.Timeout, "the pool accepted the connection but did not answer the login within %s", wording.Length(responseTimeout))
	}
	if secret := c.conn.SpeaksTLS(); c.link.version == "" && secret != nil {
		return secret
	}
	if errors.As(err, new(*adit.Error)) {
		return err
	}
	if c.session == "" && c.link.version == "" {
		return adit.Errorf(adit.Unreachable, "%w before it answered the login; is this port meant for TLS?", jsonline.Lost(err))
	}
	return jsonline.Lost(err)
}

// welcome takes one line while logging in.
func (c *Client) welcome(line []byte) error {
	m, err := parseMessage(line)
	if err != nil {
		return err
	}
	if id, ok := m.Number(); !ok || id != 1 || m.Method != "" {
		return c.take(line, func(Job) {})
	}
	if text, bad := m.fault(); bad {
		return adit.Errorf(adit.Refused, "the pool refused the login: %s", text)
	}
	var w wireWelcome
	if err := json.Unmarshal(m.Result, &w); err != nil || w.ID == "" || len(w.ID) > maxLoginField {
		return adit.Errorf(adit.Invalid, "the pool's answer to the login has no session id; does it speak the XMR dialect?")
	}
	c.mu.Lock()
	delete(c.pending, 1)
	c.mu.Unlock()
	c.session = w.ID
	c.pings = slices.Contains(w.Extensions, "keepalive")
	if jsonline.Absent(w.Job) {
		return nil
	}
	return c.newJob(w.Job, func(Job) {})
}
