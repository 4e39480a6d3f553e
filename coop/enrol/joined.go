package enrol

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/atomicfile"
	"github.com/adit-mining/adit/link/pki"
)

// Crew is the crew that this computer joined: <data>/worker/crew.json.
type Crew struct {
	Coordinator string    `json:"coordinator"` // HOST:PORT
	Member      string    `json:"member"`      // name of the certificate
	Terms       Terms     `json:"terms"`       // what was agreed to
	TermsHash   string    `json:"termsHash"`
	AgreedAt    time.Time `json:"agreedAt"`
	JoinedAt    time.Time `json:"joinedAt"`
}

// Folder is where a data directory keeps what its workers need.
func Folder(data string) string { return filepath.Join(data, "worker") }

// JoinedFiles are the certificate, key and CAs of a computer that joined.
func JoinedFiles(data string) pki.Files {
	d := Folder(data)
	return pki.Files{Cert: filepath.Join(d, "crew.crt"), Key: filepath.Join(d, "crew.key"), CA: filepath.Join(d, "crew-ca.crt")}
}

func crewFile(data string) string { return filepath.Join(Folder(data), "crew.json") }

// Joined reads which crew a data directory belongs to; NotFound where it joined none.
func Joined(data string) (Crew, error) {
	text, err := os.ReadFile(crewFile(data))
	switch {
	case os.IsNotExist(err):
		return Crew{}, adit.Errorf(adit.NotFound, "this computer has not joined a crew: run `adit coop join CODE`")
	case err != nil:
		return Crew{}, adit.Errorf(adit.Internal, "the crew of this computer cannot be read: %w", err)
	}
	var c Crew
	if err := json.Unmarshal(text, &c); err != nil || c.Coordinator == "" {
		return Crew{}, adit.Errorf(adit.Invalid, "%s is damaged: join again with a new code", crewFile(data))
	}
	return c, nil
}

// WorkerFiles are the certificates that workers of a data directory use where no flag names others: those of the crew it
// joined, else those of the coordinator that has its authority here. NotFound where there are neither.
func WorkerFiles(data string) (pki.Files, error) {
	if f := JoinedFiles(data); f.There() {
		return f, nil
	}
	if f := pki.At(filepath.Join(data, "pki"), pki.Options{}).ClientFiles(); f.There() {
		return f, nil
	}
	return pki.Files{}, adit.Errorf(adit.NotFound, "there are no certificates for a worker here: run `adit coop join CODE` (the coordinator's operator makes a code with `adit coop invite`), or name --tls-cert, --tls-key and --tls-ca")
}

// keep writes what a join brought, crew.json last: with it the computer has joined.
func keep(data string, c Crew, key, cert, ca []byte) error {
	if err := os.MkdirAll(Folder(data), 0o700); err != nil {
		return unwritable(err)
	}
	f := JoinedFiles(data)
	for _, p := range []struct {
		path string
		text []byte
	}{{f.Key, key}, {f.CA, ca}, {f.Cert, cert}} {
		if err := atomicfile.Write(p.path, p.text, 0o600); err != nil {
			return unwritable(err)
		}
	}
	if err := atomicfile.WriteJSON(crewFile(data), c, 0o600); err != nil {
		return unwritable(err)
	}
	return nil
}

func unwritable(err error) error {
	return adit.Errorf(adit.Internal, "what the coordinator gave could not be written: %w", err)
}
