package command

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
)

// Config is what a start may say, with the Mining Platform's keys. Every key is acted on or refused by name.
type Config struct {
	Miner          string       `json:"miner,omitempty" doc:"must name the program of the path, or be absent"`
	Name           string       `json:"name,omitempty" doc:"instance name; absent: the program's name"`
	Pool           string       `json:"pool,omitempty" doc:"stratum+tcp://HOST:PORT or stratum+ssl://HOST:PORT"`
	Wallet         string       `json:"wallet,omitempty" doc:"payout address; checked, never defaulted"`
	Password       string       `json:"password,omitempty" writeOnly:"true" doc:"for the pool; absent: x"`
	RigID          string       `json:"rigId,omitempty" doc:"name of this computer at the pool"`
	TLS            *bool        `json:"tls,omitempty" nullable:"true" doc:"encrypt; absent: as the pool's scheme says"`
	TLSFingerprint string       `json:"tlsFingerprint,omitempty" doc:"SHA-256 of the pool's certificate, hex"`
	Nicehash       bool         `json:"nicehash,omitempty"`
	Keepalive      *bool        `json:"keepalive,omitempty" nullable:"true" doc:"keep the connection alive; absent: the program's own choice"`
	Pools          []PoolConfig `json:"pools,omitempty" doc:"further pools, in order, for when those before fail"`
	Coin           string       `json:"coin,omitempty" doc:"absent: the coin of the algorithm"`
	Algo           string       `json:"algo,omitempty" doc:"absent: the coin's"`
	Threads        *int         `json:"threads,omitempty" nullable:"true" doc:"0 to 1024; absent or 0: the program's own choice"`
	CPUAffinity    string       `json:"cpuAffinity,omitempty" doc:"mask like 0x3, or a list like 0,2-3"`
	HugePages      *bool        `json:"hugePages,omitempty" nullable:"true"`

	device.Settings
}

// PoolConfig is one more pool. Wallet and password default to those of the first.
type PoolConfig struct {
	Pool           string `json:"pool"`
	Wallet         string `json:"wallet,omitempty"`
	Password       string `json:"password,omitempty" writeOnly:"true"`
	RigID          string `json:"rigId,omitempty"`
	TLS            *bool  `json:"tls,omitempty" nullable:"true"`
	TLSFingerprint string `json:"tlsFingerprint,omitempty"`
	Nicehash       bool   `json:"nicehash,omitempty"`
}

func (p PoolConfig) pool() Pool {
	return Pool{URL: p.Pool, Wallet: p.Wallet, Password: p.Password, RigID: p.RigID,
		Fingerprint: p.TLSFingerprint, TLS: p.TLS, Nicehash: p.Nicehash}
}

// Pools are the pools of a list as a person writes it.
func Pools(list []PoolConfig) []Pool {
	out := make([]Pool, 0, len(list))
	for _, p := range list {
		out = append(out, p.pool())
	}
	return out
}

// ParseConfig reads a Config strictly: a key that is none of its own is refused by name, and so is a wrong type.
func ParseConfig(raw json.RawMessage) (Config, error) {
	var c Config
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	err := d.Decode(&c)
	if err == nil && d.More() {
		err = errors.New("something follows the object")
	}
	var wrong *json.UnmarshalTypeError
	switch {
	case err == nil:
		return c, exactKeys(raw)
	case errors.As(err, &wrong) && wrong.Field != "":
		return c, adit.InvalidField(wrong.Field, "it must be %s, not %s", typeWord(wrong.Type.Kind().String()), wrong.Value)
	}
	if _, key, ok := strings.Cut(err.Error(), "unknown field "); ok {
		return c, adit.InvalidField(strings.Trim(key, `"`), "there is no such key; is it spelt right?")
	}
	return c, adit.InvalidField("config", "it is not the JSON object that is expected here: %v", err)
}

// exactKeys refuses a key in other letters than its own: the decoder takes Password for password, and what compares keys,
// such as to keep or hide a secret, does not.
func exactKeys(raw json.RawMessage) error {
	var o map[string]json.RawMessage
	var pools []map[string]json.RawMessage
	if json.Unmarshal(raw, &o) != nil || len(o["pools"]) > 0 && json.Unmarshal(o["pools"], &pools) != nil {
		return nil // the decoder took it, so both are what they should be
	}
	known := keysOf(reflect.TypeFor[Config]())
	for _, k := range slices.Sorted(maps.Keys(o)) {
		if !known[k] {
			return adit.InvalidField(k, "there is no such key; is it spelt right? Capital letters count")
		}
	}
	known = keysOf(reflect.TypeFor[PoolConfig]())
	for i, p := range pools {
		for _, k := range slices.Sorted(maps.Keys(p)) {
			if !known[k] {
				return adit.InvalidField("pools["+strconv.Itoa(i)+"]."+k, "there is no such key; is it spelt right? Capital letters count")
			}
		}
	}
	return nil
}

// keysOf are the JSON keys of a struct, embedded ones too.
func keysOf(t reflect.Type) map[string]bool {
	out := map[string]bool{}
	for _, f := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
			out[name] = true
		}
	}
	return out
}

func typeWord(kind string) string {
	switch {
	case kind == "bool":
		return "true or false"
	case strings.HasPrefix(kind, "int"), strings.HasPrefix(kind, "uint"):
		return "a whole number"
	case kind == "string":
		return "text"
	case kind == "slice":
		return "a list"
	}
	return "a " + kind
}

// Request is the order a Config asks for; kind is the program it is for.
func (c Config) Request(kind string) (StartRequest, error) {
	if c.Miner != "" && c.Miner != kind {
		return StartRequest{}, adit.InvalidField("miner", "it names another program: leave it out")
	}
	r := StartRequest{
		Driver: kind, Name: c.Name, Coin: c.Coin, Algorithm: c.Algo, Threads: c.Threads, Affinity: c.CPUAffinity, HugePages: c.HugePages,
		Pools: []Pool{{URL: c.Pool, Wallet: c.Wallet, Password: c.Password, RigID: c.RigID,
			Fingerprint: c.TLSFingerprint, TLS: c.TLS, Nicehash: c.Nicehash, Keepalive: c.Keepalive}},
	}
	for _, p := range c.Pools {
		further := p.pool()
		further.Keepalive = c.Keepalive
		r.Pools = append(r.Pools, further)
	}
	if len(c.Settings.Given()) > 0 {
		r.Settings = &c.Settings
	}
	return r, nil
}
