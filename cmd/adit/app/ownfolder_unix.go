//go:build unix

package app

import (
	"os"
	"os/user"
	"strconv"
	"syscall"

	"github.com/adit-mining/adit"
)

// OwnFolder refuses a data directory of another user: what this process wrote there, that user's adit could not read.
// A folder that is not there yet is nobody's.
func OwnFolder(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return nil
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int(st.Uid) == os.Geteuid() {
		return nil
	}
	name := strconv.FormatUint(uint64(st.Uid), 10)
	if u, err := user.LookupId(name); err == nil {
		name = u.Username
	}
	return WithHint(adit.Errorf(adit.Forbidden, "the data directory %s belongs to the user %s", dir, name),
		"Run the command as that user.", "sudo -u "+name+" adit --data-dir "+dir+" …")
}
