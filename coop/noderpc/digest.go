package noderpc

import (
	"crypto/md5" //nolint:gosec // the login that monerod asks for (RFC 2617) is made of it
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
)

// challenge is what a node asks of a digest login. Source: RFC 2617 with qop "auth" and algorithm MD5, the first of the
// two that monerod offers (contrib/epee/src/http_auth.cpp).
type challenge struct {
	realm, nonce, opaque string
	count                uint32
}

// challenged takes the node's question; false where it asks for something that is not known.
func (c *Client) challenged(h http.Header) bool {
	for _, line := range h.Values("Www-Authenticate") {
		scheme, rest, _ := strings.Cut(line, " ")
		p := parameters(rest)
		if !strings.EqualFold(scheme, "Digest") || p["nonce"] == "" || !strings.Contains(p["qop"], "auth") ||
			p["algorithm"] != "" && !strings.EqualFold(p["algorithm"], "MD5") {
			continue
		}
		c.mu.Lock()
		c.digest = &challenge{realm: p["realm"], nonce: p["nonce"], opaque: p["opaque"]}
		c.mu.Unlock()
		return true
	}
	return false
}

// authorize writes the header of the next request, "" before the first question.
func (c *Client) authorize(method, path string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.digest
	if d == nil {
		return ""
	}
	d.count++
	var own [8]byte
	_, _ = rand.Read(own[:]) // never fails
	cnonce, nc := hex.EncodeToString(own[:]), fmt.Sprintf("%08x", d.count)
	a1 := md5hex(c.o.User + ":" + d.realm + ":" + c.o.Password)
	a2 := md5hex(method + ":" + path)
	response := md5hex(strings.Join([]string{a1, d.nonce, nc, cnonce, "auth", a2}, ":"))
	h := fmt.Sprintf(`Digest username="%s", realm="%s", nonce="%s", uri="%s", algorithm=MD5, qop=auth, nc=%s, cnonce="%s", response="%s"`,
		c.o.User, d.realm, d.nonce, path, nc, cnonce, response)
	if d.opaque != "" {
		h += fmt.Sprintf(`, opaque="%s"`, d.opaque)
	}
	return h
}

func md5hex(s string) string {
	sum := md5.Sum([]byte(s)) //nolint:gosec // see above
	return hex.EncodeToString(sum[:])
}

// parameters reads key=value and key="value", separated by commas.
func parameters(s string) map[string]string {
	out := map[string]string{}
	for s != "" {
		key, rest, ok := strings.Cut(s, "=")
		if !ok {
			return out
		}
		var value string
		if strings.HasPrefix(rest, `"`) {
			if value, rest, ok = strings.Cut(rest[1:], `"`); !ok {
				return out
			}
			_, rest, _ = strings.Cut(rest, ",")
		} else {
			value, rest, _ = strings.Cut(rest, ",")
		}
		out[strings.ToLower(strings.Trim(key, " ,"))] = strings.TrimSpace(value)
		s = rest
	}
	return out
}
