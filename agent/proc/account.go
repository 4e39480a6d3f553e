package proc

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/adit-mining/adit"
)

// MinerUser is the user that an installation of adit as a service makes for mining programs.
const MinerUser = "adit-miner"

// nobody is the last resort: every system has it, and it owns nothing.
var nobody = Account{Name: "nobody", UID: 65534, GID: 65534}

// Account is a user as whom programs run.
type Account struct {
	Name string `json:"name"`
	UID  uint32 `json:"uid"`
	GID  uint32 `json:"gid"`
}

// Unprivileged finds the user for mining programs in passwd(5) below root: the named one, or, where name is "", MinerUser,
// else nobody. Never root.
func Unprivileged(root, name string) (Account, error) {
	if name == "" {
		if a, ok := account(root, MinerUser); ok && a.UID != 0 && a.GID != 0 {
			return a, nil
		}
		if a, ok := account(root, nobody.Name); ok && a.UID != 0 && a.GID != 0 {
			return a, nil
		}
		return nobody, nil
	}
	a, ok := account(root, name)
	switch {
	case !ok:
		return Account{}, adit.InvalidField("user", "there is no user %q on this computer: make it (useradd --system %s), or leave it empty", name, name)
	case a.UID == 0 || a.GID == 0:
		return Account{}, adit.InvalidField("user", "%q has root's rights: name another user, or leave it empty", name)
	}
	return a, nil
}

// account reads passwd(5): name:password:UID:GID:… Users of a directory service are not found there.
func account(root, name string) (Account, bool) {
	f, err := os.Open(filepath.Join(root, "etc/passwd"))
	if err != nil {
		return Account{}, false
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		p := strings.Split(lines.Text(), ":")
		if len(p) < 4 || p[0] != name {
			continue
		}
		uid, err1 := strconv.ParseUint(p[2], 10, 32)
		gid, err2 := strconv.ParseUint(p[3], 10, 32)
		return Account{Name: name, UID: uint32(uid), GID: uint32(gid)}, err1 == nil && err2 == nil
	}
	return Account{}, false
}

// words name the account for people.
func (a Account) words() string { return fmt.Sprintf("%s (%d)", a.Name, a.UID) }
