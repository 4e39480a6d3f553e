package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit/agent/policy"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/internal/wording"
	"github.com/adit-mining/adit/link/wire"
)

const policyWords = `When mining may use this computer. By default it rests while somebody uses the computer, while it runs on battery, and
when it is too hot. Users are looked for by logind, the X display and terminals; where none of them ever knew a user,
mining goes on, and adit says so. Practice does not ask whether the computer is used.

The policy lies in policy.json in the data directory. What a program was started with wins over it: its own
pauseOnActive, pauseOnBattery and number of threads.
`

// policyFlags are the parts that can be changed.
type policyFlags struct {
	use              string
	idle, battery    string
	after            time.Duration
	sources          []string
	max, resume, gpu float64
	fans             string
	percent          float64
	user             string
}

func (c *cli) policyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Say when mining may use this computer",
		Long:  policyWords,
		Example: `  adit policy                                  # what holds, and whether mining may run now
  adit policy set --cpu idle                   # only while nobody uses the computer
  adit policy set --cpu half                   # at most half of the CPU's threads, whoever uses it
  adit policy set --idle-after 10m --max-celsius 80`,
		GroupID: "run",
		Args:    noSuchCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.showPolicy(cmd.Context()) },
	}
	var f policyFlags
	set := &cobra.Command{
		Use:     "set",
		Short:   "Change when mining may use this computer",
		Long:    policyWords,
		Example: "  adit policy set --cpu half --battery on",
		Args:    takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			change, err := f.change(cmd)
			if err != nil {
				return err
			}
			return c.setPolicy(cmd.Context(), change)
		},
	}
	fl := set.Flags()
	fl.StringVar(&f.use, "cpu", "", "`how much`: idle (only while nobody uses the computer), half (of the CPU's threads) or all")
	fl.StringVar(&f.idle, "idle", "", "`on or off`: rest while somebody uses the computer")
	fl.DurationVar(&f.after, "idle-after", 0, "`how long` nobody may have used it, 10s to 24h")
	fl.StringSliceVar(&f.sources, "idle-sources", nil, "where to look for users: `logind,x11,terminals`")
	fl.StringVar(&f.battery, "battery", "", "`on or off`: rest while the computer runs on battery")
	fl.Float64Var(&f.max, "max-celsius", 0, "stop at this `temperature` of the CPU, 40 to 105")
	fl.Float64Var(&f.resume, "resume-below", 0, "start again at this `temperature`; 0 = 10 below the limit")
	fl.Float64Var(&f.gpu, "gpu-max-celsius", 0, "stop at this `temperature` of a graphics card, 40 to 110")
	fl.StringVar(&f.fans, "fan-stop", "", "`on or off`: stop where a fan that turned stands still while it is hot")
	fl.Float64Var(&f.percent, "cpu-percent", 0, "at most so many `per cent` of the CPU's threads; 100 = no bound")
	fl.StringVar(&f.user, "user", "", "as root: run programs as this `user`; \"\" = adit-miner, else nobody")
	c.complete(set, "cpu", "idle", "half", "all")
	for _, flag := range []string{"idle", "battery", "fan-stop"} {
		c.complete(set, flag, "on", "off")
	}
	cmd.AddCommand(set, &cobra.Command{Use: "show", Short: "Say what holds", Args: takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.showPolicy(cmd.Context()) }})
	return cmd
}

// change is what the given flags say.
func (f *policyFlags) change(cmd *cobra.Command) (out body.PolicyRequest, err error) {
	given := cmd.Flags().Changed
	onOff := func(flag, v string) *bool {
		on := v == "on"
		if given(flag) && !on && v != "off" {
			err = usageError(cmd, "--%s %q: use on or off", flag, v)
		}
		if !given(flag) {
			return nil
		}
		return &on
	}
	if given("cpu") {
		if !slices.Contains([]string{wire.UseIdle, wire.UseHalf, wire.UseAll}, f.use) {
			err = usageError(cmd, "--cpu %q: use idle, half or all", f.use)
		}
		out.Use = &f.use
	}
	if given("idle") || given("idle-after") || given("idle-sources") {
		out.Idle = &wire.IdleChange{Enabled: onOff("idle", f.idle), Sources: f.sources}
		if given("idle-after") {
			s := int(f.after / time.Second)
			out.Idle.AfterSeconds = &s
		}
	}
	if given("battery") {
		out.Battery = &wire.BatteryChange{Pause: onOff("battery", f.battery)}
	}
	number := func(flag string, v *float64) *float64 {
		if !given(flag) {
			return nil
		}
		return v
	}
	heat := wire.ThermalChange{MaxCelsius: number("max-celsius", &f.max), ResumeBelow: number("resume-below", &f.resume),
		GPUMaxCelsius: number("gpu-max-celsius", &f.gpu), FanStop: onOff("fan-stop", f.fans)}
	if heat != (wire.ThermalChange{}) {
		out.Thermal = &heat
	}
	if given("cpu-percent") {
		out.CPU = &wire.CPUChange{MaxPercent: &f.percent}
	}
	if given("user") {
		out.User = &f.user
	}
	if err == nil && out == (body.PolicyRequest{}) {
		err = usageError(cmd, "say what to change, for example --cpu idle")
	}
	return out, err
}

func (c *cli) setPolicy(ctx context.Context, change body.PolicyRequest) error {
	var now body.Policy
	how := ""
	err := c.orLocally(ctx, &how, unanswered,
		func(ctx context.Context, s *client.Client) (err error) {
			now, err = s.SetPolicy(ctx, change)
			return err
		},
		func(dir string) error {
			path := filepath.Join(dir, "policy.json")
			old, _ := policy.Read(path)
			p, err := old.Apply(change)
			if err != nil {
				return err
			}
			if err := policy.Write(path, p); err != nil {
				return err
			}
			now = policyOnFile(p, "")
			return nil
		})
	if err != nil {
		return err
	}
	return c.answer(now, func() { c.printPolicy(now) })
}

func (c *cli) showPolicy(ctx context.Context) error {
	if _, running, err := c.local(); !c.elsewhere() && err == nil && !running {
		dir, err := c.folder()
		if err != nil {
			return err
		}
		p := policyOnFile(policy.Read(filepath.Join(dir, "policy.json")))
		return c.answer(p, func() { c.printPolicy(p) })
	}
	return c.withServer(ctx, func(ctx context.Context, s *client.Client) error {
		p, err := s.Policy(ctx)
		if err != nil {
			return err
		}
		return c.answer(p, func() { c.printPolicy(p) })
	})
}

// policyOnFile is a policy without an agent that looks for users.
func policyOnFile(p wire.Policy, damaged string) body.Policy {
	s := body.Policy{Policy: p, Use: p.Use(), Damaged: damaged, Words: "no adit runs here: it holds as soon as one does",
		Idle: wire.IdleState{State: wire.IdleOff, Words: "nobody looks: no adit runs", Sources: []wire.IdleSource{}}}
	return s
}

func (c *cli) printPolicy(p body.Policy) {
	c.printf("%s.\n", sentence(p.Words))
	if p.Damaged != "" {
		c.printf("%s.\n", sentence(p.Damaged))
	}
	bound := "all of them"
	if m := p.Policy.CPU.MaxPercent; m != nil {
		bound = "at most " + strconv.FormatFloat(*m, 'f', -1, 64) + " % of them"
	}
	resume := "10 °C below"
	if r := p.Policy.Thermal.ResumeBelow; r != nil {
		resume = fmt.Sprintf("at %g °C", *r)
	}
	rest := "no"
	if p.Policy.Idle.Enabled {
		rest = fmt.Sprintf("for %s (%s)", wording.Length(time.Duration(p.Policy.Idle.AfterSeconds)*time.Second), strings.Join(p.Policy.Idle.Sources, ", "))
	}
	runAs := p.RunAs
	if runAs == "" {
		runAs = "whoever runs adit"
	}
	c.pairs("use", p.Use, "rests for a user", rest, "rests on battery", yesNo(p.Policy.Battery.Pause),
		"CPU limit", fmt.Sprintf("%g °C, goes on %s", p.Policy.Thermal.MaxCelsius, resume),
		"GPU limit", fmt.Sprintf("%g °C", p.Policy.Thermal.GPUMaxCelsius), "stops for a fan", yesNo(p.Policy.Thermal.FanStop),
		"CPU threads", bound, "programs run as", runAs)
	for _, s := range p.Idle.Sources {
		c.printf("  %s: %s\n", s.Name, s.Words)
	}
}
