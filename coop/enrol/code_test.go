package enrol_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/enrol"
)

func aCode(host string, port uint16) enrol.Code {
	c := enrol.Code{Host: host, Port: port}
	for n := range c.Pin {
		c.Pin[n], c.Secret[n] = byte(n+1), byte(200+n)
	}
	return c
}

// TestCodeText pins the text: codes outlive an update.
func TestCodeText(t *testing.T) {
	for host, want := range map[string]string{
		"192.0.2.7":    "adit1071r60820c20a1g7104gm2rc1m70y468s75cqk6dsv7x1mejtfadbnpq0k0000g7akqa4w8",
		"mine.example": "",
	} {
		c := aCode(host, 50051)
		got := c.String()
		if back, err := enrol.ParseCode(got); err != nil || back != c {
			t.Errorf("%s: %+v, %v", got, back, err)
		}
		if len(got) > 90 || strings.Trim(got, "0123456789abcdefghjkmnpqrstvwxyzi") != "" {
			t.Errorf("%q (%d)", got, len(got))
		}
		if want != "" && got != want {
			t.Errorf("got %s", got)
		}
	}
}

// TestCodeSurvivesPeople: line breaks, capitals, groups, and letters that look alike.
func TestCodeSurvivesPeople(t *testing.T) {
	c := aCode("2001:db8::5", 443)
	s := c.String()
	for _, x := range []string{
		strings.ToUpper(s), "  " + s + "\n", s[:30] + "\n    " + s[30:], s[:9] + "-" + s[9:20] + " " + s[20:],
		strings.ReplaceAll(s[5:], "0", "O"), strings.ReplaceAll(s[5:], "1", "l"), strings.ReplaceAll(s[5:], "1", "I"),
	} {
		if !strings.HasPrefix(strings.ToLower(strings.TrimSpace(x)), "adit") {
			x = "adit1" + x
		}
		if back, err := enrol.ParseCode(x); err != nil || back != c {
			t.Errorf("%q: %v", x, err)
		}
	}
	for _, x := range []string{"", "adit1", "hello", s[:len(s)-1], s + "0", strings.Repeat("a", 10_000), "adit1" + strings.Repeat("0", 90), "adit1é" + s[6:]} {
		if _, err := enrol.ParseCode(x); adit.CodeOf(err) != adit.Invalid || !strings.HasPrefix(err.Error(), "code: ") {
			t.Errorf("%.40q: %v", x, err)
		} else if len(s) > 40 && strings.Contains(err.Error(), s[10:40]) {
			t.Error("the error repeats the code")
		}
	}
}

// TestOneWrongCharacter: no single slip of the finger makes another code.
func TestOneWrongCharacter(t *testing.T) {
	s := aCode("mine.example", 50051).String()
	const letters = "0123456789abcdefghjkmnpqrstvwxyz"
	for at := 5; at < len(s); at++ {
		b := []byte(s)
		for b[at] == s[at] {
			b[at] = letters[rand.IntN(len(letters))]
		}
		if c, err := enrol.ParseCode(string(b)); err == nil && c.String() != string(b) && c.String() != s {
			t.Errorf("character %d: %+v", at, c)
		} else if err == nil && c != aCode("mine.example", 50051) {
			t.Errorf("character %d makes another code", at)
		}
	}
}

func TestCodeRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := aCode(rapid.SampledFrom([]string{"a", "localhost", "x-1.example", "192.0.2.1", "::1", "2001:db8::ff", "under_score.example"}).Draw(t, "host"),
			rapid.Uint16Min(1).Draw(t, "port"))
		copy(c.Secret[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "secret"))
		copy(c.Pin[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "pin"))
		if back, err := enrol.ParseCode(c.String()); err != nil || back != c {
			t.Fatalf("%+v became %+v, %v", c, back, err)
		}
	})
}

func FuzzParseCode(f *testing.F) {
	f.Add(aCode("192.0.2.7", 50051).String())
	f.Add(aCode("mine.example", 1).String())
	f.Add(aCode("::1", 65535).String())
	f.Add("adit1")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := enrol.ParseCode(s)
		if err != nil {
			if adit.CodeOf(err) != adit.Invalid {
				t.Error(err)
			}
			return
		}
		if c.Port == 0 || c.Host == "" || strings.ContainsAny(c.Host, " /@\n\x00%") {
			t.Errorf("%+v", c)
		}
		if back, err := enrol.ParseCode(c.String()); err != nil || back != c {
			t.Errorf("%+v becomes %+v, %v", c, back, err)
		}
	})
}
