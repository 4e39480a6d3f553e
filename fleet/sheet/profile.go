package sheet

import (
	"encoding/json"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/adit-mining/adit"
)

// Bounds.
const (
	MaxProfiles    = 200
	maxName        = 64  // characters
	maxDescription = 500 // characters
	maxConfig      = 64 << 10
	maxVersions    = 100 // of one profile; the oldest go
)

// Profile is a saved way to run a mining program, as people see it.
type Profile struct {
	ID          string
	Name        string
	Description string
	MinerType   string          // the program, by driver name or alias
	Instance    string          // what its program is called while it runs
	Config      json.RawMessage // without secrets
	Secrets     []string        // keys of the secrets that are kept, such as "password" and "pools[0].password"
	Version     int64           // 1, 2, 3 …; each save makes one
	Autostart   bool            // started with adit
	Created     time.Time
	Updated     time.Time
}

// Draft is what a person wants a profile to be.
type Draft struct {
	Name        string
	Description string
	MinerType   string
	Config      json.RawMessage // a secret that is absent is kept, one that is "" is forgotten
	Autostart   *bool           // nil = as it was; false for a new one
	Version     *int64          // the one that was changed; nil = whatever is there now
}

// Validate checks what needs nobody else, and tidies the texts.
func (d *Draft) Validate() error {
	d.Name, d.Description = strings.TrimSpace(d.Name), strings.TrimSpace(d.Description)
	switch {
	case d.Name == "":
		return adit.InvalidField("name", "give the profile a name")
	case utf8.RuneCountInString(d.Name) > maxName || !printable(d.Name):
		return adit.InvalidField("name", "at most %d characters, none of them control characters", maxName)
	case utf8.RuneCountInString(d.Description) > maxDescription || !printable(strings.NewReplacer("\n", " ", "\t", " ").Replace(d.Description)):
		return adit.InvalidField("description", "at most %d characters, none of them control characters", maxDescription)
	case !adit.ValidName(d.MinerType):
		return adit.InvalidField("minerType", "name the mining program as `adit list --available` does, such as native")
	case len(d.Config) == 0:
		return adit.InvalidField("config", "it is missing: at least pool and wallet")
	case len(d.Config) > maxConfig:
		return adit.InvalidField("config", "it is longer than %d KiB", maxConfig>>10)
	}
	return nil
}

func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' })
}

// nameKey is how names are compared.
func nameKey(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }

// taken are names of instances that mean something else.
var taken = map[string]bool{"practice": true, "host": true}

// instanceOf makes the name of a profile's program of the profile's own: "My rig 2" runs as "my-rig-2".
func instanceOf(name, id string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', b.Len() > 0 && (r == '.' || r == '_'):
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	out := b.String()
	out = strings.Trim(out[:min(len(out), 56)], "-") // leaves room for the prefix
	switch {
	case out == "":
		return "profile-" + id[:min(len(id), 8)]
	case taken[out]:
		return "profile-" + out
	}
	return out
}
