package pki

import (
	"context"
	"errors"
	"os"
	"path/filepath"
)

// Names are the files of a Folder, each of which may be absent.
func Names() []string {
	return []string{caCertFile, caKeyFile, crossFile, "server.crt", "server.key", "client.crt", "client.key", issuedFile, revokedFile}
}

// Copy writes what lies in the folder into the new folder to, for a backup, while nobody changes it. Where there is nothing
// it makes no folder.
func (f *Folder) Copy(ctx context.Context, to string) error {
	if _, err := os.Stat(f.dir); err != nil {
		if absentFile(err) {
			return nil
		}
		return err
	}
	return f.change(ctx, func() error {
		for _, name := range Names() {
			b, err := os.ReadFile(f.path(name))
			if absentFile(err) {
				continue
			}
			if err := errors.Join(err, os.MkdirAll(to, 0o700)); err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(to, name), b, 0o600); err != nil {
				return err
			}
		}
		return nil
	})
}
