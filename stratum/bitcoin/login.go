package bitcoin

import (
	"encoding/json"
	"errors"
	"net"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/wording"
	"github.com/adit-mining/adit/stratum/jsonline"
)

// login configures and subscribes with one write, authorizes once that is answered, and reads until there is a job.
// mining.configure must come first, and many pools never answer it: nothing waits for that.
func (c *Client) login() error {
	var hello []byte
	add := func(method string, params any, answer func(message) error) error {
		line, err := c.line(method, params, &call{answer: answer})
		hello = append(hello, line...)
		return err
	}
	if !c.pool.NoConfigure {
		c.asked = wish{rolling: true, mask: c.pool.Mask, least: 2, difficulty: c.pool.MinimumDifficulty, extranonce: true}
		if err := add("mining.configure", c.asked.params(), c.configured); err != nil {
			return err
		}
	}
	if err := add("mining.subscribe", c.subscribeParams(), c.subscribe); err != nil {
		return err
	}
	if err := c.conn.Send(hello); err != nil {
		return c.noLogin(err)
	}
	if err := c.until(func() bool { return c.subscribed }); err != nil {
		return err
	}
	hello = hello[:0]
	password := c.pool.Password
	if password == "" {
		password = "x"
	}
	if err := add("mining.authorize", []string{c.pool.User, password}, c.authorize); err != nil {
		return err
	}
	if c.pool.SuggestDifficulty > 0 {
		if err := add("mining.suggest_difficulty", []float64{c.pool.SuggestDifficulty}, c.ignored); err != nil {
			return err
		}
	}
	if err := c.conn.Send(hello); err != nil {
		return err
	}
	if err := c.until(func() bool { return c.authorized && c.work.Job != nil }); err != nil {
		return err
	}
	if err := c.conn.Within(0); err != nil {
		return jsonline.Lost(err)
	}
	c.info.Since = time.Now()
	return c.askExtranonce()
}

// askExtranonce asks for mining.set_extranonce where the owner wants it and mining.configure did not settle it.
func (c *Client) askExtranonce() error {
	if !c.pool.ExtranonceSubscribe {
		return nil
	}
	line, err := c.line("mining.extranonce.subscribe", []any{}, &call{answer: c.ignored})
	if err != nil {
		return err
	}
	return c.conn.Send(line)
}

func (c *Client) subscribeParams() []any {
	agent := c.pool.Agent
	if agent == "" {
		agent = "adit/" + adit.Version
	}
	if c.pool.Session == "" {
		return []any{agent}
	}
	return []any{agent, c.pool.Session}
}

// until reads lines until done, each step with its own time.
func (c *Client) until(done func() bool) error {
	if err := c.conn.Within(responseTimeout); err != nil {
		return c.noLogin(err)
	}
	for !done() {
		line, err := c.conn.Next()
		if err != nil {
			return c.noLogin(err)
		}
		if err := c.take(line, func(Work) {}); err != nil {
			return err
		}
	}
	return nil
}

// noLogin puts into words why the login did not come to an end.
func (c *Client) noLogin(err error) error {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		what := "did not answer the subscription"
		switch {
		case c.authorized:
			what = "took the login but sent no job"
		case c.subscribed:
			what = "took the subscription but did not answer the login"
		}
		return adit.Errorf(adit.Timeout, "the pool %s within %s", what, wording.Length(responseTimeout))
	}
	if secret := c.conn.SpeaksTLS(); c.info.TLSVersion == "" && secret != nil {
		return secret
	}
	if err = jsonline.Lost(err); c.subscribed || adit.CodeOf(err) != adit.Unreachable {
		return err
	}
	hint := "is this port meant for TLS, or for another dialect?"
	if !c.pool.NoConfigure {
		hint += " Some pools hang up on mining.configure: it can be left out"
	}
	return adit.Errorf(adit.Unreachable, "%w before it answered the subscription; %s", err, hint)
}

// configured takes the answer to mining.configure, whenever it comes.
func (c *Client) configured(m message) error {
	if f := m.fault(); f != nil {
		c.log.Debug("the pool does not know mining.configure", "text", f.Text)
		return nil
	}
	mask, _, err := c.asked.granted(m.Result)
	if err != nil {
		c.log.Debug("the pool's answer to mining.configure is not understood", "reason", err)
		return nil
	}
	return c.setMask(mask, func(Work) {})
}

func (c *Client) subscribe(m message) error {
	if f := m.fault(); f != nil {
		return adit.Errorf(adit.Refused, "the pool refused the subscription: %s", f.Text)
	}
	session, one, size, err := sessionOf(m.Result)
	if err != nil {
		return adit.Errorf(adit.Invalid, "the pool's answer to mining.subscribe cannot be used (%w); does it speak the Bitcoin dialect?", err)
	}
	c.mu.Lock()
	c.session = session
	c.mu.Unlock()
	c.subscribed = true
	c.next = extranonce{one: one, size: size}
	if early := c.early; early != nil {
		c.early = nil
		return c.newJob(*early, func(Work) {})
	}
	return nil
}

func (c *Client) authorize(m message) error {
	if f := m.fault(); f != nil {
		return adit.Errorf(adit.Refused, "the pool refused the login: %s", f.Text)
	}
	var yes bool
	if jsonline.Absent(m.Result) || json.Unmarshal(m.Result, &yes) != nil || !yes {
		return adit.Errorf(adit.Refused, "the pool refused the login without a reason; check the user name")
	}
	c.authorized = true
	return nil
}

// ignored takes an answer that changes nothing.
func (c *Client) ignored(m message) error {
	if f := m.fault(); f != nil {
		c.log.Debug("the pool does not know an extension", "text", f.Text)
	}
	return nil
}
