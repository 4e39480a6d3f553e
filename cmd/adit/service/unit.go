package service

import (
	"bytes"
	_ "embed"
	"path/filepath"
	"strings"
	"text/template"
	"unicode"

	"github.com/adit-mining/adit"
)

// Name is the unit's.
const Name = "adit.service"

// SystemData is the data directory of the system unit.
const SystemData = "/var/lib/adit"

// Account is the unprivileged user of the system unit.
const Account = "adit"

// Unit is what differs between units.
type Unit struct {
	User    bool   // a user's own; else the system's
	Exe     string // absolute path of adit
	DataDir string // absolute; of a system unit below /var/lib
	Listen  string // HOST:PORT of the web app
	Groups  string // of a system unit: groups that may open graphics cards, between spaces; "" = none
	Version string
}

//go:embed adit.service.tmpl
var text string

var unitTemplate = template.Must(template.New(Name).Parse(text))

// Render writes the unit file.
func (u Unit) Render() ([]byte, error) {
	if err := u.check(); err != nil {
		return nil, err
	}
	state, _ := strings.CutPrefix(filepath.Clean(u.DataDir), "/var/lib/")
	var b bytes.Buffer
	err := unitTemplate.Execute(&b, struct {
		Unit
		Command, State string
	}{u, strings.Join([]string{quote(u.Exe), "up", "--service", "--listen", quote(u.Listen), "--data-dir", quote(u.DataDir), "--log-format", "text"}, " "), state})
	return b.Bytes(), err
}

func (u Unit) check() error {
	for field, v := range map[string]string{"exe": u.Exe, "data-dir": u.DataDir} {
		if !filepath.IsAbs(v) || strings.ContainsFunc(v, unicode.IsControl) {
			return adit.InvalidField(field, "%q is not an absolute path that a unit can name", v)
		}
	}
	if u.Listen == "" || strings.ContainsFunc(u.Listen, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) {
		return adit.InvalidField("listen", "%q is not HOST:PORT", u.Listen)
	}
	if u.User {
		return nil
	}
	rest, under := strings.CutPrefix(filepath.Clean(u.DataDir), "/var/lib/")
	if !under || rest == "" || strings.ContainsAny(rest, " \t%$\"'\\;:") {
		return adit.InvalidField("data-dir", "a system service keeps its data below /var/lib, for example %s", SystemData)
	}
	return unreachableExe(u.Exe)
}

// unreachableExe refuses a program that the sandbox of the system unit hides or others may change.
func unreachableExe(exe string) error {
	for _, dir := range []string{"/home/", "/root/", "/run/user/", "/tmp/", "/var/tmp/"} {
		if strings.HasPrefix(filepath.Clean(exe), dir) {
			return adit.Errorf(adit.Invalid, "a system service cannot run %s: its sandbox hides %s", exe, strings.TrimSuffix(dir, "/"))
		}
	}
	return nil
}

// quote writes one argument of ExecStart. Source: systemd.service(5), "Command lines"; systemd.unit(5), "Specifiers".
func quote(s string) string {
	s = strings.NewReplacer(`\`, `\\`, `"`, `\"`, `%`, `%%`, `$`, `$$`).Replace(s)
	if s == "" || strings.ContainsAny(s, " \t'\\\";") {
		return `"` + s + `"`
	}
	return s
}

// Sysusers makes the unprivileged user. Source: sysusers.d(5).
func Sysusers() []byte {
	return []byte("# Written by adit: adit service install.\nu " + Account + " - \"adit mining\" " + SystemData + " -\n")
}
