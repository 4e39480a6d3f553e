package main

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/cmd/adit/app"
)

// profileFlags describe a profile.
type profileFlags struct {
	mine        mineFlags
	kind        string
	description string
	rename      string
	autostart   bool
	set, unset  []string
	file        string
}

func (f *profileFlags) add(cmd *cobra.Command) {
	fl := cmd.Flags()
	f.mine.add(cmd)
	fl.StringVar(&f.kind, "type", "native", "mining `program`, as adit list --available names it")
	fl.StringVar(&f.description, "description", "", "a `text` of your own")
	fl.BoolVar(&f.autostart, "autostart", false, "start it with adit, once mining is allowed")
	fl.StringArrayVar(&f.set, "set", nil, "set any `KEY=VALUE` of the configuration, such as cpuPriority=1 (adit config schema lists them)")
	fl.StringVar(&f.file, "file", "", "take the configuration from a JSON or YAML `file` (- = standard input)")
}

// into changes a configuration as the flags say.
func (f *profileFlags) into(cmd *cobra.Command, config map[string]json.RawMessage) error {
	fl := cmd.Flags()
	put := func(key string, v any) error {
		b, err := json.Marshal(v)
		config[key] = b
		return err
	}
	for flag, key := range map[string]string{"address": "wallet", "coin": "coin", "password": "password", "rig-id": "rigId", "tls-fingerprint": "tlsFingerprint"} {
		if fl.Changed(flag) {
			if err := put(key, fl.Lookup(flag).Value.String()); err != nil {
				return err
			}
		}
	}
	if fl.Changed("pool") {
		for _, p := range f.mine.pools {
			if err := checkPool(cmd, p); err != nil {
				return err
			}
		}
		further := []body.PoolConfig{}
		for _, p := range f.mine.pools[1:] {
			further = append(further, body.PoolConfig{Pool: p})
		}
		if err := errors.Join(put("pool", f.mine.pools[0]), put("pools", further)); err != nil {
			return err
		}
		if len(further) == 0 {
			delete(config, "pools")
		}
	}
	n, err := f.mine.count(cmd)
	if err != nil {
		return err
	}
	if n != nil {
		if err := put("threads", *n); err != nil {
			return err
		}
	}
	return f.keys(cmd, config)
}

// keys applies --set and --unset.
func (f *profileFlags) keys(cmd *cobra.Command, config map[string]json.RawMessage) error {
	for _, kv := range f.set {
		key, value, ok := strings.Cut(kv, "=")
		if !ok || key == "" {
			return usageError(cmd, "--set %q: write KEY=VALUE, such as cpuPriority=1", kv)
		}
		config[key] = jsonValue(value)
	}
	for _, key := range f.unset {
		delete(config, key)
		if isSecret(key) {
			config[key] = json.RawMessage(`""`) // left out it would be kept
		}
	}
	return nil
}

func isSecret(key string) bool {
	switch key {
	case "password", "userPass", "proxy", "httpAccessToken", "gpuPassword":
		return true
	}
	return false
}

func (c *cli) profileCreateCommand() *cobra.Command {
	var f profileFlags
	cmd := &cobra.Command{
		Use: "create NAME", Aliases: []string{"new"}, Short: "Save a new profile",
		Long: `Save a new profile. Its program runs under the profile's name. The address is checked and has no default.

A secret is better set from a file (--file) than on the command line, where other users of the computer may see it.`,
		Example: `  adit profile create desk --pool stratum+ssl://pool.example:443 --address YOUR_ADDRESS
  adit profile create gpu --type xmrig --file config.yaml --autostart
  adit profile create slow --pool stratum+tcp://pool.example:3333 --address YOUR_ADDRESS --set cpuMaxThreadsHint=25`,
		Args: takes(1, "a NAME for the profile"),
		RunE: func(cmd *cobra.Command, args []string) error {
			config, err := c.configFile(f.file)
			if err != nil {
				return err
			}
			if err := f.into(cmd, config); err != nil {
				return err
			}
			if config["pool"] == nil {
				return usageError(cmd, "--pool is missing: name the pool to mine for, stratum+tcp://HOST:PORT (adit pools lists some)")
			}
			if config["wallet"] == nil {
				return usageError(cmd, "--address is missing: adit has no wallet of its own; give the address that your wallet shows under Receive")
			}
			raw, err := json.Marshal(config)
			if err != nil {
				return err
			}
			return c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				p, err := s.CreateProfile(ctx, client.ProfileRequest{Name: args[0], Description: f.description, MinerType: f.kind, Config: raw, Autostart: &f.autostart})
				if err != nil {
					return profileHint(err)
				}
				return c.answer(p, func() { c.printf("The profile %s is saved. Start it: adit profile start %s\n", p.Name, p.Instance) })
			})
		},
	}
	f.add(cmd)
	return cmd
}

func (c *cli) profileEditCommand() *cobra.Command {
	var f profileFlags
	cmd := &cobra.Command{
		Use: "edit NAME", Short: "Change a profile",
		Long: `Change a profile: what no flag names stays. The version before is kept (adit profile versions). A program that runs
from it goes on as it was started; stop and start it for the change to take effect.`,
		Example: `  adit profile edit desk --threads 6
  adit profile edit desk --set cpuPriority=1 --unset rigId
  adit profile edit desk --name "Desk, slow" --autostart=false`,
		Args: takes(1, "the NAME of a profile"), ValidArgsFunction: c.completeProfiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !changesSomething(cmd) {
				return usageError(cmd, "nothing to change: name what, such as --threads 4 or --set KEY=VALUE")
			}
			return c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				p, err := profileNamed(ctx, s, args[0])
				if err != nil {
					return err
				}
				req, err := c.edited(cmd, &f, p)
				if err != nil {
					return err
				}
				got, err := s.UpdateProfile(ctx, p.ID, req)
				if err != nil {
					return profileHint(err)
				}
				return c.answer(got, func() { c.printf("The profile %s is saved as version %d.\n", got.Name, got.Version) })
			})
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&f.rename, "name", "", "a new `name`")
	cmd.Flags().StringArrayVar(&f.unset, "unset", nil, "take a `KEY` out of the configuration")
	return cmd
}

// changesSomething reports whether one of the command's own flags was given.
func changesSomething(cmd *cobra.Command) bool {
	n := cmd.Flags().NFlag()
	for _, global := range []string{"data-dir", "server", "output"} {
		if cmd.Flags().Changed(global) {
			n--
		}
	}
	return n > 0
}

// edited is a profile as the flags change it.
func (c *cli) edited(cmd *cobra.Command, f *profileFlags, p body.Profile) (req client.ProfileRequest, err error) {
	raw, err := json.Marshal(p.Config)
	if err != nil {
		return req, err
	}
	config := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &config); err != nil {
		return req, err
	}
	if f.file != "" {
		if config, err = c.configFile(f.file); err != nil {
			return req, err
		}
	}
	if err := f.into(cmd, config); err != nil {
		return req, err
	}
	req = client.ProfileRequest{Name: p.Name, Description: p.Description, MinerType: p.MinerType, Version: &p.Version}
	if req.Config, err = json.Marshal(config); err != nil {
		return req, err
	}
	fl := cmd.Flags()
	if fl.Changed("name") {
		req.Name = f.rename
	}
	if fl.Changed("description") {
		req.Description = f.description
	}
	if fl.Changed("type") {
		req.MinerType = f.kind
	}
	if fl.Changed("autostart") {
		req.Autostart = &f.autostart
	}
	return req, nil
}

func profileHint(err error) error {
	if e, ok := adit.AsError(err); ok && e.Code == adit.Invalid && e.Field != "" {
		return app.WithHint(err, "Nothing was saved. What each key takes:", "adit config schema")
	}
	return err
}
