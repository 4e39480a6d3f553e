package account

import (
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/atomicfile"
)

// loadToken reads the token file, or makes it with a new token. Whoever may read the file owns this adit, so a file that
// others may read is mended.
func loadToken(path string) (string, error) {
	b, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		token := newSecret()
		if err := atomicfile.Write(path, []byte(token+"\n"), 0o600); err != nil {
			return "", adit.Errorf(adit.Internal, "the token file cannot be written: %w", err)
		}
		return token, nil
	case err != nil:
		return "", adit.Errorf(adit.Internal, "the token file cannot be read: %w", err)
	}
	token := strings.TrimSpace(string(b))
	if raw, err := base64.RawURLEncoding.DecodeString(token); err != nil || len(raw) < 32 {
		return "", adit.Errorf(adit.Invalid, "the token file %s is damaged: remove it and start adit again for a new one", path)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return "", adit.Errorf(adit.Internal, "the token file cannot be closed to others: %w", err)
	}
	return token, nil
}
