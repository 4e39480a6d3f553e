package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/config"
	"github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/internal/atomicfile"
)

// What a hub's coordinator is to do lies in two files of the folder coop: coordinator.yaml, the same that `adit coordinator
// --config` reads, and switch.json, which says whether it is on.

func (r *coopRole) yamlFile() string   { return filepath.Join(CoopDir(r.h.o.Dir), "coordinator.yaml") }
func (r *coopRole) switchFile() string { return filepath.Join(CoopDir(r.h.o.Dir), "switch.json") }

type switched struct {
	On bool `json:"on"`
}

// fixed is why people cannot change the settings here, "" where they can.
func (r *coopRole) fixed() string {
	if r.h.alone() {
		return "they are those of adit coordinator's flags and file: change them there and start it again"
	}
	return ""
}

// restore opens the coordinator that was switched on before. What is wrong with it is told on the page: the hub works
// without it.
func (r *coopRole) restore(ctx context.Context) {
	r.turn.Lock()
	defer r.turn.Unlock()
	on, err := r.on()
	if err == nil && on {
		var c config.Coordinator
		if c, err = config.LoadCoordinator(config.Source{File: r.yamlFile()}); err == nil {
			err = r.start(ctx, c)
		}
	}
	if err != nil {
		r.mu.Lock()
		r.why = err
		r.mu.Unlock()
		r.h.o.Log.Error("the crew's coordinator, which is switched on, does not run", "reason", err)
	}
}

// on reads whether it is switched on.
func (r *coopRole) on() (bool, error) {
	if r.h.alone() {
		return true, nil
	}
	b, err := os.ReadFile(r.switchFile())
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	var s switched
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	return s.On, err
}

// Config implements view.Switch.
func (r *coopRole) Config(_ context.Context, actor adit.Actor) (view.Config, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return view.Config{}, err
	}
	on, err := r.on()
	if err != nil {
		return view.Config{}, adit.Errorf(adit.Internal, "whether the crew is switched on cannot be read: %w", err)
	}
	r.mu.Lock()
	out := view.Config{Mode: "off", Running: r.now != nil, Fixed: r.fixed()}
	if on {
		out.Mode = "on"
	}
	if r.now != nil {
		since := r.since
		out.Since = &since
	}
	if r.why != nil && on {
		out.Why = r.why.Error()
	}
	c := r.config
	r.mu.Unlock()
	if c == nil {
		c = r.stored()
	}
	out.Settings = settingsOf(c)
	return out, nil
}

// stored is what the file says, or the defaults.
func (r *coopRole) stored() *config.Coordinator {
	if c, err := config.LoadCoordinator(config.Source{File: r.yamlFile()}); err == nil {
		return &c
	}
	c := config.DefaultCoordinator()
	if host, err := os.Hostname(); err == nil {
		c.Cluster.Name = host
	}
	return &c
}

// SetConfig implements view.Switch.
func (r *coopRole) SetConfig(ctx context.Context, actor adit.Actor, q view.ConfigRequest) (view.Config, error) {
	if err := actor.May(adit.ScopeOwner); err != nil {
		return view.Config{}, err
	}
	if why := r.fixed(); why != "" {
		return view.Config{}, adit.Errorf(adit.Conflict, "the crew's settings cannot be changed here: %s", why)
	}
	r.turn.Lock()
	defer r.turn.Unlock()
	ctx = context.WithoutCancel(ctx) // a browser that goes away in the middle must not leave the crew without a coordinator
	var err error
	switch q.Mode {
	case "off":
		err = r.switchOff()
	case "on":
		err = r.switchOn(ctx, q.Settings)
	default:
		err = adit.InvalidField("mode", "%q: use on or off", q.Mode)
	}
	if err != nil {
		return view.Config{}, err
	}
	text := "the crew's coordinator was switched " + q.Mode
	if err := r.h.journal.Note(ctx, actor, "coop.switched", "info", "coop", text, nil); err != nil {
		r.h.o.Log.Warn("the journal could not be written", "err", err)
	}
	return r.Config(ctx, actor)
}

func (r *coopRole) switchOff() error {
	if err := r.keepSwitch(false); err != nil {
		return err
	}
	err := errors.Join(r.shut(), r.release())
	r.mu.Lock()
	r.why, r.broken = nil, false
	r.mu.Unlock()
	return err
}

// switchOn checks the settings, then opens the coordinator; where that fails the one before goes on.
func (r *coopRole) switchOn(ctx context.Context, q *view.SettingsRequest) error {
	before, err := os.ReadFile(r.yamlFile())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return adit.Errorf(adit.Internal, "the crew's settings cannot be read: %w", err)
	}
	text := before
	if q != nil {
		if text, err = settingsFile(*q, before); err != nil {
			return err
		}
	}
	if len(text) == 0 {
		return adit.InvalidField("settings", "say where work comes from: the crew was never set up here")
	}
	c, err := config.LoadCoordinator(config.Source{File: r.yamlFile(), Data: text})
	if err != nil {
		return adit.Errorf(adit.Invalid, "settings: %w", err)
	}
	if err := r.swap(ctx, c); err != nil {
		return err
	}
	if err := atomicfile.Write(r.yamlFile(), text, 0o600); err != nil {
		return adit.Errorf(adit.Internal, "the crew's settings cannot be kept: %w", err)
	}
	return r.keepSwitch(true)
}

// swap puts a coordinator in place of the one there is, which comes back where the new one cannot be opened.
func (r *coopRole) swap(ctx context.Context, c config.Coordinator) error {
	r.mu.Lock()
	was, running := r.config, r.now != nil
	r.mu.Unlock()
	if err := r.shut(); err != nil {
		r.h.o.Log.Warn("the crew's coordinator did not end well", "err", err)
	}
	err := r.start(ctx, c)
	switch {
	case err == nil:
		return nil
	case !running || was == nil:
		return errors.Join(err, r.release())
	}
	if back := r.start(ctx, *was); back != nil {
		return errors.Join(err, adit.Errorf(adit.Internal, "and the crew of before does not start either: %w", back))
	}
	return err
}

// start opens the database that the configuration names, and the coordinator on it.
func (r *coopRole) start(ctx context.Context, c config.Coordinator) error {
	if err := r.claim(ctx, c); err != nil {
		return err
	}
	return r.open(ctx, c)
}

func (r *coopRole) keepSwitch(on bool) error {
	if err := os.MkdirAll(CoopDir(r.h.o.Dir), 0o700); err != nil {
		return dataDirError(CoopDir(r.h.o.Dir), err)
	}
	if err := atomicfile.WriteJSON(r.switchFile(), switched{on}, 0o600); err != nil {
		return adit.Errorf(adit.Internal, "the switch of the crew cannot be kept: %w", err)
	}
	return nil
}

// settingsOf shows a configuration without its secrets.
func settingsOf(c *config.Coordinator) view.Settings {
	s := view.Settings{
		Cluster: c.Cluster.Name, Coin: c.Coin.Symbol, Pools: []view.PoolSetting{},
		Stratum: view.DoorSetting{Listen: c.Stratum.Listen}, GRPC: view.DoorSetting{Listen: c.GRPC.Listen},
		Payout: view.PayoutSetting{Scheme: c.Payout.Rule, Window: c.Payout.Window, FeePercent: float64(c.Payout.FeePPM) / 10_000},
	}
	if c.Payout.Minimum != "" {
		if a, err := viewCoin(c.Coin).Parse(c.Payout.Minimum); err == nil {
			s.Payout.MinPayout = &a
		}
	}
	for _, p := range c.Pools {
		s.Pools = append(s.Pools, view.PoolSetting{
			Address: p.URL, Wallet: p.Wallet, HasPassword: p.Password != "" || p.RPCPassword != "", Fingerprint: p.Fingerprint,
		})
	}
	return s
}

func viewCoin(c adit.Coin) view.Coin {
	return view.Coin{Symbol: c.Symbol, Name: c.Name, Decimals: c.Decimals}
}

// rawPool is a pool in the file.
type rawPool struct {
	Address     string `yaml:"address"`
	Wallet      string `yaml:"wallet,omitempty"`
	Password    string `yaml:"password,omitempty"`
	Fingerprint string `yaml:"tls_fingerprint,omitempty"`
}

// settingsFile writes the settings into the file's text; what people cannot set on the page stays as it was.
func settingsFile(q view.SettingsRequest, before []byte) ([]byte, error) {
	doc := map[string]any{}
	if err := yaml.Unmarshal(before, &doc); err != nil {
		return nil, adit.Errorf(adit.Invalid, "the file of the crew's settings is damaged: %w", err)
	}
	section := func(name string) map[string]any {
		m, ok := doc[name].(map[string]any)
		if !ok {
			m = map[string]any{}
			doc[name] = m
		}
		return m
	}
	pools, err := poolsOf(q.Pools, doc)
	if err != nil {
		return nil, err
	}
	delete(doc, "pool")
	doc["pools"] = pools
	if q.Cluster != "" {
		section("cluster")["name"] = q.Cluster
	}
	if q.Coin != "" {
		doc["coin"] = q.Coin
	}
	for name, d := range map[string]*view.DoorSetting{"stratum": q.Stratum, "grpc": q.GRPC} {
		if d != nil {
			section(name)["listen"] = d.Listen
		}
	}
	if p := q.Payout; p != nil {
		m := section("payout")
		m["rule"], m["window"], m["fee"] = p.Scheme, p.Window, p.FeePercent
		delete(m, "fee_ppm")
		delete(m, "minimum")
		if p.MinPayout != nil {
			coin, ok := adit.CoinNamed(q.Coin)
			if !ok {
				coin = adit.Coins[0]
			}
			m["minimum"] = viewCoin(coin).Text(*p.MinPayout)
		}
	}
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(doc); err != nil {
		return nil, adit.Errorf(adit.Internal, "the crew's settings cannot be written: %w", err)
	}
	return out.Bytes(), enc.Close()
}

// poolsOf makes the file's pools; a password that is left out stays, as long as its address does.
func poolsOf(list []view.PoolRequest, doc map[string]any) ([]rawPool, error) {
	known := map[string]rawPool{}
	var old struct {
		Pool  *rawPool  `yaml:"pool"`
		Pools []rawPool `yaml:"pools"`
	}
	b, err := yaml.Marshal(doc)
	if err == nil {
		err = yaml.Unmarshal(b, &old)
	}
	if err != nil {
		return nil, adit.Errorf(adit.Invalid, "the file of the crew's settings is damaged: %w", err)
	}
	if old.Pool != nil {
		old.Pools = append(old.Pools, *old.Pool)
	}
	for _, p := range old.Pools {
		if u, err := config.ParsePool(p.Address); err == nil {
			known[u.URL] = p
		}
	}
	var out []rawPool
	for _, p := range list {
		raw := rawPool{Address: strings.TrimSpace(p.Address), Wallet: p.Wallet, Fingerprint: p.Fingerprint}
		was, there := known[raw.Address]
		switch {
		case p.Password != nil:
			raw.Password = *p.Password
		case there:
			raw.Password, raw.Address = was.Password, was.Address // with the user and password of a node
		}
		out = append(out, raw)
	}
	return out, nil
}
