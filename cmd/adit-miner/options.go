package main

import (
	"flag"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/pow/engine"
)

const mineHelp = `adit-miner mine: mine RandomX on a pool

There is no default pool and no default address. --user may be left out for a pool on this computer only.
Several --pool make backups in that order; --user and --pass count for all of them (a file can tell them apart).`

// mineOptions reads the command line and the file it names.
func mineOptions(args []string, errs io.Writer) (c config, file string, err error) {
	fs := flags("mine", mineHelp, errs)
	var (
		urls, affinity                         list
		user, pass, rig, print, mode, portFile string
		threads, nice, port                    int
		nicehash, noHuge                       bool
	)
	fs.StringVar(&file, "config", "", "JSON `FILE` with pools, token and settings; options given as well win")
	fs.Var(&urls, "pool", "pool `URL`: stratum+tcp://HOST:PORT or stratum+ssl://HOST:PORT; again for backups")
	fs.StringVar(&user, "user", "", "login at the pool: your own `ADDRESS`, with what the pool lets one append")
	fs.StringVar(&pass, "pass", "", "`PASSWORD` at the pool; visible to others in the process list, a file is better")
	fs.StringVar(&rig, "rig-id", "", "`NAME` of this rig at the pool")
	fs.StringVar(&print, "tls-fingerprint", "", "SHA-256 of the pool's certificate (`HEX`); without it the system's roots decide")
	fs.BoolVar(&nicehash, "nicehash", false, "leave the nonce's last byte to the pool")
	fs.IntVar(&threads, "threads", 0, "how many `N` threads hash; 0: all CPUs, bounded by the L3 cache")
	fs.Var(&affinity, "affinity", "`CPUS` to bind threads to, such as 0,2,4; none: the system decides")
	fs.StringVar(&mode, "mode", "", "auto, light or fast `MODE`; auto is fast where 3 GiB of memory are available")
	fs.BoolVar(&noHuge, "no-huge-pages", false, "leave reserved huge pages to others")
	fs.IntVar(&nice, "nice", 0, "niceness `N`, 19 leaves the CPU to everybody else")
	fs.IntVar(&port, "http-port", 0, "`PORT` of the API on 127.0.0.1; 0: any; its token comes from the file or ADIT_MINER_TOKEN")
	fs.StringVar(&portFile, "port-file", "", "`FILE` that gets the API's port")
	if err := parse(fs, args); err != nil {
		return c, "", err
	}
	if file != "" {
		b, err := os.ReadFile(file)
		if err != nil {
			return c, "", adit.InvalidField("config", "%v", err)
		}
		if c, err = parseConfig(b); err != nil {
			return c, "", err
		}
	}
	if len(urls) > 0 {
		c.Pools = nil
		for _, u := range urls {
			c.Pools = append(c.Pools, poolConfig{URL: u, User: user, Pass: pass, RigID: rig, Nicehash: nicehash, Fingerprint: print})
		}
	}
	set := map[string]func() error{
		"threads":       func() error { c.CPU.Threads = &threads; return nil },
		"affinity":      func() (err error) { c.CPU.Affinity, err = affinity.ints(); return err },
		"mode":          func() error { c.RandomX.Mode = engine.Mode(mode); return nil },
		"nice":          func() error { c.CPU.Nice = nice; return nil },
		"no-huge-pages": func() error { yes := !noHuge; c.CPU.HugePages = &yes; return nil },
		"http-port":     func() error { c.HTTP.Enabled, c.HTTP.Port = true, port; return nil },
		"port-file":     func() error { c.HTTP.PortFile = portFile; return nil },
	}
	fs.Visit(func(f *flag.Flag) {
		if apply := set[f.Name]; apply != nil && err == nil {
			err = apply()
		}
	})
	if t := os.Getenv("ADIT_MINER_TOKEN"); t != "" {
		c.HTTP.Token = t
	}
	if threads == 0 && c.CPU.Threads != nil && *c.CPU.Threads == 0 {
		c.CPU.Threads = nil
	}
	if err == nil {
		err = c.check()
	}
	return c, file, err
}

// list is a flag that may come again, or hold commas.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(s string) error {
	*l = append(*l, strings.Split(s, ",")...)
	return nil
}

func (l list) ints() (out []int, err error) {
	for _, s := range l {
		n, err := strconv.Atoi(strings.TrimSpace(s))
		if err != nil {
			return nil, adit.InvalidField("affinity", "%q is no CPU number; write 0,1,2", s)
		}
		out = append(out, n)
	}
	return out, nil
}

// warnReadable tells when others may read the secrets in the file.
func warnReadable(log *slog.Logger, file string) {
	if st, err := os.Stat(file); err == nil && st.Mode().Perm()&0o077 != 0 {
		log.Warn("others on this computer can read the configuration file; chmod 600 it", "file", file)
	}
}
