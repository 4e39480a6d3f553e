package config

import (
	"errors"
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/adit-mining/adit"
)

// rawWorker is a worker's configuration as it is said.
type rawWorker struct {
	w *Worker
	t *table

	fullMem, aes, jit bool
	memory            int
	require           bool
}

func newRawWorker(w *Worker) *rawWorker {
	r := &rawWorker{w: w, fullMem: true, aes: true, jit: true, require: true}
	r.t = newTable(r.rows())
	return r
}

func (r *rawWorker) keys() *table { return r.t }

func (r *rawWorker) rows() []key {
	w := r.w
	c := &w.Coordinator
	rows := []*key{
		at("worker.id", kindText, "this worker's id in the crew; \"\" = one that stays with this computer").as(orEmpty(identifier(&w.ID))).flagged("worker-id"),
		at("worker.name", kindText, "its name for people; \"\" = its id").as(text(&w.Name, 64)).flagged("worker-name"),
		at("coordinator.address", kindText, "HOST:PORT of the coordinator").as(place(&c.Address, false)).flagged("coordinator").vars("COOPMINE_COORDINATOR"),
		at("coordinator.reconnect_delay", kindLength, "the longest first pause before a lost coordinator is tried again").as(length(&c.Reconnect.Delay, 100*time.Millisecond, 5*time.Minute)),
		at("coordinator.max_reconnect_attempts", kindWhole, "failures in a row before the worker gives up; 0 = never").as(whole(&c.Reconnect.Attempts, 0, 1_000_000)),
		at("coordinator.tls.enabled", kindBool, "mutual TLS 1.3").as(boolean(&c.TLS.Enabled)),
		at("coordinator.tls.cert", kindText, "this worker's certificate, PEM; \"\" = that of adit pki or adit coop join").as(text(&c.TLS.Cert, paths)).flagged("tls-cert"),
		at("coordinator.tls.key", kindText, "its key, PEM").as(text(&c.TLS.Key, paths)).flagged("tls-key"),
		at("coordinator.tls.ca", kindText, "who signs the coordinator's certificate, PEM").as(text(&c.TLS.CA, paths)).flagged("tls-ca"),
		at("coordinator.tls.require_client_cert", kindBool, "not used").as(boolean(&r.require)).changesNothing("it belongs to the coordinator, which decides"),
		at("mining.threads", kindWhole, "threads that hash; 0 = as many as fit").as(whole(&w.Mining.Threads, 0, 1024)).flagged("threads").
			vars("COOPMINE_THREADS", "COOPMINE_WORKER_THREADS"),
		at("mining.huge_pages", kindBool, "use reserved huge pages where there are any").as(boolean(&w.Mining.HugePages)).vars("COOPMINE_WORKER_HUGE_PAGES"),
		at("mining.mode", kindText, "auto, fast (2 GiB of memory) or light (256 MiB, a tenth of the speed)").as(choice(&w.Mining.Mode, "auto", "fast", "light")).words("auto", "fast", "light"),
		at("mining.flags.full_mem", kindBool, "true is the same as mining.mode: auto, false as light").as(boolean(&r.fullMem)),
		at("mining.flags.hard_aes", kindBool, "always used where the processor has it").as(boolean(&r.aes)),
		at("mining.flags.jit", kindBool, "always used").as(boolean(&r.jit)),
		at("mining.hashrate_interval", kindLength, "how often the engine is asked for its speed").as(length(&w.Mining.HashrateInterval, time.Second, 10*time.Minute)),
		at("resources.max_memory", kindWhole, "MiB the engine may use at most; 0 = no limit").as(mebibytes(&r.memory)),
		at("resources.cpu_affinity", kindWholes, "CPUs its threads are bound to; empty = the system decides").as(wholes(&w.Resources.Affinity, 0, 4095)),
		at("health.enabled", kindBool, "serve GET /health on this computer").as(boolean(&w.Health.Enabled)),
		at("health.listen", kindText, "HOST:PORT of it, on this computer").as(place(&w.Health.Listen, false)),
	}
	rows = append(rows, loggingRows(&w.Logging)...)
	out := make([]key, 0, len(rows))
	for _, k := range rows {
		out = append(out, *k)
	}
	return out
}

// orEmpty lets a text be empty.
func orEmpty(set func(*yaml.Node) error, show func() any) (func(*yaml.Node) error, func() any) {
	return func(n *yaml.Node) error {
		if n.Kind == yaml.ScalarNode && n.Value == "" {
			return nil
		}
		return set(n)
	}, show
}

// leastFast is what RandomX's dataset, a scratchpad and the program itself need. Source: RandomX configuration
// (RANDOMX_DATASET_BASE_SIZE + EXTRA: 2080 MiB; 2 MiB of scratchpad for each thread) and light mode's 256 MiB cache.
const (
	leastFast  = 2400
	leastLight = 320
)

// finish settles what depends on several keys and checks the whole.
func (r *rawWorker) finish() error {
	w := r.w
	if k := r.t.key("mining.flags.full_mem"); k.from.layer > 0 {
		mode := map[bool]string{true: "auto", false: "light"}[r.fullMem]
		switch said := r.t.key("mining.mode").from.layer; {
		case said == 0 || said < k.from.layer:
			w.Mining.Mode = mode
		case !r.fullMem && w.Mining.Mode != "light":
			r.fail("mining.flags.full_mem", fmt.Errorf("it is false, yet mining.mode is %s", w.Mining.Mode))
		}
	}
	if !r.aes {
		r.fail("mining.flags.hard_aes", errors.New("cannot be switched off: the engine uses what the processor has. Leave it out"))
	}
	if !r.jit {
		r.fail("mining.flags.jit", errors.New("cannot be switched off: without it hashing would be some twenty times slower. Leave it out"))
	}
	if r.memory > 0 {
		if err := enough(w.Mining.Mode, r.memory); err != nil {
			r.fail("resources.max_memory", err)
		}
		b := adit.Bytes(r.memory) << 20
		w.Resources.MaxMemory = &b
		if w.Mining.Mode == "auto" && r.memory < leastFast {
			w.Mining.Mode = "light"
			w.Warnings = append(w.Warnings, fmt.Sprintf("resources.max_memory: %d MiB have no room for RandomX's dataset, so it hashes in light mode, at about a tenth of the speed", r.memory))
		}
	}
	c := &w.Coordinator
	if (c.TLS.Cert == "") != (c.TLS.Key == "") {
		r.fail("coordinator.tls.key", errors.New("coordinator.tls.cert and coordinator.tls.key belong together: give both or neither"))
	}
	if !c.TLS.Enabled {
		w.Warnings = append(w.Warnings, "coordinator.tls.enabled: false: whoever is between can read along and change the work")
	}
	if err := dialled(c.Address); err != nil {
		r.fail("coordinator.address", err)
	}
	if w.Health.Enabled {
		narrowed, err := loopback(w.Health.Listen)
		if err != nil {
			r.fail("health.listen", err)
		} else if narrowed != w.Health.Listen {
			w.Warnings = append(w.Warnings, fmt.Sprintf("health.listen: %q means this computer alone: it listens at %s", w.Health.Listen, narrowed))
			w.Health.Listen = narrowed
		}
	}
	return r.t.failure()
}

func (r *rawWorker) fail(path string, err error) { r.t.fail(path, r.t.key(path).from, err) }

func enough(mode string, mib int) error {
	switch {
	case mib < leastLight:
		return fmt.Errorf("%d MiB are too few: light mode needs %d", mib, leastLight)
	case mode == "fast" && mib < leastFast:
		return fmt.Errorf("%d MiB are too few: fast mode needs %d", mib, leastFast)
	}
	return nil
}

// dialled checks an address that is connected to: it needs a host and a port.
func dialled(address string) error {
	if err := checkPlace(address); err != nil {
		return err
	}
	if address[0] == ':' {
		return fmt.Errorf("%q has no host", address)
	}
	if len(address) > 2 && address[len(address)-2:] == ":0" {
		return fmt.Errorf("%q has no port", address)
	}
	return nil
}
