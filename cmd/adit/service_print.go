package main

import (
	"path/filepath"

	"github.com/adit-mining/adit/agent/consent"
	"github.com/adit-mining/adit/cmd/adit/service"
)

func (c *cli) printInstalled(u service.Unit, in service.Installed) {
	if len(in.Done) == 0 {
		c.printf("Nothing to do: %s is as it should be.\n", in.Unit)
	}
	for _, d := range in.Done {
		c.printf("%s.\n", sentence(d))
	}
	data, become := "", ""
	if !u.User {
		data, become = " --data-dir "+u.DataDir, "sudo -u "+service.Account+" "
	}
	if !consent.Read(filepath.Join(u.DataDir, "consent.json")).Granted {
		c.printf("It mines only after the owner agreed: %sadit%s consent grant\n", become, data)
	}
	if in.Started {
		c.printf("Sign a browser in: %sadit%s link\n", become, data)
	}
	if u.User && in.Linger != nil && !*in.Linger {
		c.printf("It runs while you are signed in. From the boot on: adit service install --linger\n")
	}
}

func (c *cli) printService(u service.Unit, st service.State) {
	if !st.Installed {
		c.printf("There is no service of adit (%s). Install it: adit service install\n", st.Unit)
		return
	}
	rows := []string{"unit", st.Unit, "now", orWord(st.Active, unknown), "at boot", orWord(st.Enabled, unknown)}
	if st.PID != "" {
		rows = append(rows, "process", st.PID)
	}
	if u.User && st.Linger != nil {
		words := "no: it runs while you are signed in (adit service install --linger)"
		if *st.Linger {
			words = "yes"
		}
		rows = append(rows, "without a session", words)
	}
	if st.Outdated {
		rows = append(rows, "note", "the unit was written for another adit or other settings: adit service install renews it")
	}
	c.pairs(rows...)
}
