package pki

import (
	"cmp"
	"crypto/x509"
	"encoding/json"
	"os"
	"slices"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/atomicfile"
)

// Kinds of certificates.
const (
	KindServer = "server" // a coordinator
	KindClient = "client" // a member: workers
)

// forgetAfter is how long an expired certificate is still listed.
const forgetAfter = 90 * 24 * time.Hour

// Issued is a certificate that the authority gave out.
type Issued struct {
	Name        string     `json:"name"`
	Kind        string     `json:"kind"`
	Serial      string     `json:"serial"`      // hex
	Fingerprint string     `json:"fingerprint"` // SHA-256, hex
	CA          string     `json:"ca"`          // fingerprint of the CA that signed it
	IssuedAt    time.Time  `json:"issuedAt"`
	NotAfter    time.Time  `json:"notAfter"`
	RevokedAt   *time.Time `json:"revokedAt,omitempty"` // filled by List; nil: it was not taken back
	Reason      string     `json:"reason,omitempty"`    // why it was taken back
}

// State is "valid", "expired" or "revoked".
func (i Issued) State(now time.Time) string {
	switch {
	case i.RevokedAt != nil:
		return "revoked"
	case now.After(i.NotAfter):
		return "expired"
	}
	return "valid"
}

func serialHex(c *x509.Certificate) string { return c.SerialNumber.Text(16) }

type issuedList struct {
	Version int      `json:"version"`
	Issued  []Issued `json:"issued"`
}

func (f *Folder) readIssued() ([]Issued, error) {
	text, err := os.ReadFile(f.path(issuedFile))
	switch {
	case absentFile(err):
		return nil, nil
	case err != nil:
		return nil, err
	}
	var l issuedList
	if err := json.Unmarshal(text, &l); err != nil {
		return nil, adit.Errorf(adit.Invalid, "%s cannot be read: %w", f.path(issuedFile), err)
	}
	return l.Issued, nil
}

// note adds a certificate to the list of those given out.
func (f *Folder) note(c *x509.Certificate, kind string, ca *x509.Certificate) error {
	list, err := f.readIssued()
	if err != nil {
		return err
	}
	now := f.now()
	list = slices.DeleteFunc(list, func(i Issued) bool { return now.Sub(i.NotAfter) > forgetAfter })
	list = append(list, Issued{
		Name: c.Subject.CommonName, Kind: kind, Serial: serialHex(c), Fingerprint: fingerprintHex(c), CA: fingerprintHex(ca),
		IssuedAt: now.UTC().Truncate(time.Second), NotAfter: c.NotAfter.UTC(),
	})
	return atomicfile.WriteJSON(f.path(issuedFile), issuedList{Version: 1, Issued: list}, 0o600)
}

// List returns all certificates given out, by name, the newest first.
func (f *Folder) List() ([]Issued, error) {
	if !f.Exists() {
		return nil, f.noCA()
	}
	list, err := f.readIssued()
	if err != nil {
		return nil, err
	}
	revoked, err := readRevoked(f.RevokedFile())
	if err != nil {
		return nil, err
	}
	for n := range list {
		if e, ok := revoked.find(list[n].Serial, list[n].Name); ok {
			list[n].RevokedAt, list[n].Reason = &e.At, e.Reason
		}
	}
	slices.SortStableFunc(list, func(a, b Issued) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), b.IssuedAt.Compare(a.IssuedAt))
	})
	return list, nil
}
