package pki

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/atomicfile"
)

// Entry is one line of revoked.json: a certificate by its serial, or all certificates of a name.
type Entry struct {
	Serial string    `json:"serial,omitempty"` // hex, "" = all of Name
	Name   string    `json:"name"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason,omitempty"`
}

type revokedList struct {
	Version int     `json:"version"`
	Revoked []Entry `json:"revoked"`
}

func readRevoked(path string) (l revokedList, err error) {
	text, err := os.ReadFile(path)
	switch {
	case absentFile(err):
		return revokedList{Version: 1}, nil
	case err != nil:
		return l, err
	}
	if err := json.Unmarshal(text, &l); err != nil || l.Version != 1 {
		return l, adit.Errorf(adit.Invalid, "%s cannot be read; put it back from a backup, a revoked member could come in without it", path)
	}
	return l, nil
}

func (f *Folder) writeRevoked(l revokedList) error {
	l.Version = 1
	if err := atomicfile.WriteJSON(f.RevokedFile(), l, 0o600); err != nil {
		return unwritable(err)
	}
	return nil
}

// find tells whether a certificate was taken back.
func (l revokedList) find(serial, name string) (Entry, bool) {
	for _, e := range l.Revoked {
		if e.Serial == serial || e.Serial == "" && e.Name == name {
			return e, true
		}
	}
	return Entry{}, false
}

// name tells whether all of a name was taken back.
func (l revokedList) name(name string) (Entry, bool) {
	for _, e := range l.Revoked {
		if e.Serial == "" && e.Name == name {
			return e, true
		}
	}
	return Entry{}, false
}

// without lets a name count again; its certificates stay revoked by their serials.
func (l revokedList) without(name string) revokedList {
	l.Revoked = slices.DeleteFunc(slices.Clone(l.Revoked), func(e Entry) bool { return e.Serial == "" && e.Name == name })
	return l
}

// Revoke takes back all certificates of a member, or one by its serial or fingerprint (as `adit pki list` shows it, or a
// beginning of at least 8 digits). A running coordinator cuts their connections within a second or two.
func (f *Folder) Revoke(ctx context.Context, which, reason string) (taken []Issued, err error) {
	err = f.change(ctx, func() error {
		list, err := f.List()
		if err != nil {
			return err
		}
		revoked, err := readRevoked(f.RevokedFile())
		if err != nil {
			return err
		}
		if taken, err = choose(list, which); err != nil {
			return err
		}
		at := f.now().UTC().Truncate(time.Second)
		fresh := false
		for n, i := range taken {
			if _, ok := revoked.find(i.Serial, "\x00"); !ok {
				revoked.Revoked = append(revoked.Revoked, Entry{Serial: i.Serial, Name: i.Name, At: at, Reason: reason})
				taken[n].RevokedAt, taken[n].Reason = &at, reason
				fresh = true
			}
		}
		if byName := taken[0].Name == which; byName {
			if _, ok := revoked.name(which); !ok {
				revoked.Revoked = append(revoked.Revoked, Entry{Name: which, At: at, Reason: reason})
				fresh = true
			}
		}
		if !fresh {
			return adit.Errorf(adit.Conflict, "%s is revoked already", which)
		}
		return f.writeRevoked(revoked)
	})
	return taken, err
}

// Barred reports whether all of a name was taken back.
func (f *Folder) Barred(name string) (bool, error) {
	l, err := readRevoked(f.RevokedFile())
	if err != nil {
		return false, err
	}
	_, ok := l.name(name)
	return ok, nil
}

// choose finds what was meant: a name first, then serial or fingerprint.
func choose(list []Issued, which string) (out []Issued, err error) {
	for _, i := range list {
		if i.Name == which {
			out = append(out, i)
		}
	}
	if len(out) > 0 {
		if out[0].Kind == KindServer {
			return nil, adit.Errorf(adit.Invalid, "%q is the coordinator itself: take back one of its certificates by its serial, or begin anew with `adit pki init --again`", which)
		}
		return out, nil
	}
	digits := strings.ToLower(strings.ReplaceAll(which, ":", ""))
	for _, i := range list {
		if len(digits) >= 8 && (strings.HasPrefix(i.Serial, digits) || strings.HasPrefix(i.Fingerprint, digits)) {
			out = append(out, i)
		}
	}
	switch len(out) {
	case 0:
		return nil, adit.Errorf(adit.NotFound, "there is no certificate %q: give a name, or 8 or more digits of its serial, as `adit pki list` shows them", which)
	case 1:
		return out, nil
	}
	return nil, adit.InvalidField("certificate", "%q fits %d of them: give more digits", which, len(out))
}
