package enrol

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/pki"
)

// Code is what an invitation says to the machine that joins. As text it is "adit1" and base32 in lower case without the
// letters i, l, o, u (Crockford's), so that it can be read out and typed; white space and hyphens do not count, and it ends
// in a checksum.
//
// The bytes: 1 version, 2 port (big-endian), 16 pin of the CA, 16 secret, 1 kind of host (4, 6 or 'n'), the host, and the
// first 4 of the SHA-256 of all before.
type Code struct {
	Host   string // name or address
	Port   uint16
	Pin    pki.Pin
	Secret [secretSize]byte
}

const (
	codePrefix  = "adit1"
	codeVersion = 1
	secretSize  = 16
	checkSize   = 4
	fixedSize   = 1 + 2 + pki.PinSize + secretSize + 1
	mostHost    = 253
	mostCode    = 800 // characters, white space included
)

var codeText = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// Address is HOST:PORT.
func (c Code) Address() string { return net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port))) }

// String is the code to hand over. It is a secret until it was used.
func (c Code) String() string {
	b := []byte{codeVersion}
	b = binary.BigEndian.AppendUint16(b, c.Port)
	b = append(append(b, c.Pin[:]...), c.Secret[:]...)
	if a, err := netip.ParseAddr(c.Host); err == nil && a.Zone() == "" {
		if a.Is4() {
			b = append(b, 4)
		} else {
			b = append(b, 6)
		}
		b = append(b, a.AsSlice()...)
	} else {
		b = append(append(b, 'n'), c.Host...)
	}
	return codePrefix + codeText.EncodeToString(append(b, checksum(b)...))
}

func checksum(b []byte) []byte {
	sum := sha256.Sum256(b)
	return sum[:checkSize]
}

// ParseCode reads a code as people hand it over. Its errors never repeat the code.
func ParseCode(text string) (c Code, err error) {
	if len(text) > mostCode {
		return c, badCode("it is too long; copy the code alone")
	}
	s := strings.Map(func(r rune) rune {
		switch {
		case r == '-' || r == ' ' || r == '\t' || r == '\n' || r == '\r':
			return -1
		case r >= 'A' && r <= 'Z':
			r += 'a' - 'A'
		}
		return r
	}, text)
	s, ok := strings.CutPrefix(s, codePrefix)
	if !ok {
		if s, ok = strings.CutPrefix(s, "aditi"); !ok { // typed from paper
			if s, ok = strings.CutPrefix(s, "aditl"); !ok {
				return c, badCode("it begins with %q; ask for one with `adit coop invite` at the coordinator", codePrefix)
			}
		}
	}
	b, err := codeText.DecodeString(strings.NewReplacer("i", "1", "l", "1", "o", "0").Replace(s))
	if err != nil {
		return c, badCode("a character in it cannot be; copy it anew")
	}
	if len(b) < fixedSize+checkSize+1 {
		return c, badCode("its end is missing; copy it whole")
	}
	body, check := b[:len(b)-checkSize], b[len(b)-checkSize:]
	if !bytes.Equal(check, checksum(body)) {
		return c, badCode("its checksum does not fit: a character is wrong or missing; copy it anew")
	}
	if body[0] != codeVersion {
		return c, badCode("it is of a newer adit; update this one")
	}
	return body2code(body)
}

func body2code(b []byte) (c Code, err error) {
	c.Port = binary.BigEndian.Uint16(b[1:])
	copy(c.Pin[:], b[3:])
	copy(c.Secret[:], b[3+pki.PinSize:])
	kind, host := b[fixedSize-1], b[fixedSize:]
	switch {
	case kind == 4 && len(host) == 4, kind == 6 && len(host) == 16:
		a, _ := netip.AddrFromSlice(host)
		if a.Is4In6() {
			return c, badCode("its host cannot be")
		}
		c.Host = a.String()
	case kind == 'n' && len(host) <= mostHost && plainHost(host):
		c.Host = string(host)
	default:
		return c, badCode("its host cannot be")
	}
	if c.Port == 0 {
		return c, badCode("its port cannot be")
	}
	return c, nil
}

// plainHost keeps anything but a host name out: it will be printed and dialled.
func plainHost(b []byte) bool {
	for _, r := range b {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '.' && r != '-' && r != '_' {
			return false
		}
	}
	_, err := netip.ParseAddr(string(b))
	return err != nil && len(b) > 0 // an address has a form of its own: one code, one text
}

func badCode(format string, args ...any) error { return adit.InvalidField("code", format, args...) }
