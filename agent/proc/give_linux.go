package proc

import (
	"errors"

	"golang.org/x/sys/unix"

	"github.com/adit-mining/adit"
)

// Give makes a file that was just written the account's. The folder is the account's already, so that the name may have
// been exchanged meanwhile: only a plain file of one name is given away, never what a link leads to.
func Give(path string, to Account) error {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	var st unix.Stat_t
	err = unix.Fstat(fd, &st)
	if err == nil && (st.Mode&unix.S_IFMT != unix.S_IFREG || st.Nlink != 1) {
		err = adit.Errorf(adit.Refused, "%s was exchanged while it was written", path)
	}
	if err == nil {
		err = unix.Fchown(fd, int(to.UID), int(to.GID))
	}
	return errors.Join(err, unix.Close(fd))
}
