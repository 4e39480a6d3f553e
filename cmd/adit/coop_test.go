package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/adit-mining/adit/api"
	"github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/coop/view/viewtest"
	"github.com/adit-mining/adit/fleet/account"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
)

// crewServer is an adit that coordinates a crew which does not exist; on tells whether it does now.
func crewServer(t *testing.T, crew *viewtest.Source, on *bool) (url, token string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "token")
	acc, err := account.Open(t.Context(), account.Options{DB: sqltest.Open(t, sqltest.SQLite(t)), TokenFile: file})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	h, err := api.New(api.Options{Account: acc, CoopSwitch: &viewtest.Switch{}, Coop: func() view.Source {
		if !*on {
			return nil
		}
		return crew
	}})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL, strings.TrimSpace(string(raw))
}

// TestCoopCommands types what a person would.
func TestCoopCommands(t *testing.T) {
	t.Parallel()
	crew, on := viewtest.New(5), true
	url, token := crewServer(t, crew, &on)
	env := func(k string) string { return map[string]string{"ADIT_TOKEN": token, "ADIT_SERVER": url}[k] }
	run := func(args ...string) (code int, out, errs string) {
		var stdout, stderr bytes.Buffer
		c := &cli{args: args, in: strings.NewReader(""), out: &stdout, err: &stderr, env: env}
		return Main(context.Background(), c), stdout.String(), stderr.String()
	}
	for _, l := range []line{
		{args: []string{"coop", "frob"}, code: 2, err: `there is no command "frob"`},
		{args: []string{"coop", "status"}, out: "Home crew: 3 members mine 3.00 kH/s for monerod://127.0.0.1:18081 at height 3300000."},
		{args: []string{"coop", "status"}, out: "the operator keeps 1 %", never: "%!"},
		{args: []string{"coop", "status", "-o", "csv"}, code: 2, err: "use table, json or yaml"},
		{args: []string{"coop", "members"}, out: "rig-003     suspended"},
		{args: []string{"coop", "members", "--status", "online", "--limit", "1"}, out: "1 of 3 members"},
		{args: []string{"coop", "members", "--sort", "password"}, code: 2, err: "sort"},
		{args: []string{"coop", "members", "-o", "csv", "--sort", "name"}, out: "id,name,via,status,"},
		{args: []string{"coop", "members", "home/attic"}, out: "nonces 0x02000000 to 0x02ffffff"},
		{args: []string{"coop", "members", "home/attic", "-o", "yaml"}, out: "invitedBy: owner"},
		{args: []string{"coop", "members", "nobody"}, code: 4, err: "nobody of that name ever joined"},
		{args: []string{"coop", "members", "m", "x"}, code: 2, err: "takes one MEMBER"},
		{args: []string{"coop", "members", "m", "-o", "csv"}, code: 2, err: "adit coop statement"},
		{args: []string{"coop", "shares", "--outcome", "rejected", "-o", "json"}, out: `"outcome": "stale"`, never: `"outcome": "accepted"`},
		{args: []string{"coop", "shares", "--limit", "1"}, out: "HASHED HERE"},
		{args: []string{"coop", "blocks"}, out: "0.600000000001 XMR"},
		{args: []string{"coop", "blocks", "-o", "csv"}, out: "mature"},
		{args: []string{"coop", "payouts"}, out: "OWED XMR"},
		{args: []string{"coop", "payouts", "-o", "csv"}, out: "owed_atomic"},
		{args: []string{"coop", "payouts", "window"}, out: "A block found now pays 0.600000000001 XMR."},
		{args: []string{"coop", "payouts", "rounds"}, out: "credited"},
		{args: []string{"coop", "payouts", "rounds", "m"}, out: "all amounts together = 594000000001 = P"},
		{args: []string{"coop", "payouts", "rounds", "none"}, code: 4, err: "there is no such round"},
		{args: []string{"coop", "payouts", "list"}, out: "0.003"},
		{args: []string{"coop", "payouts", "new"}, out: "Payment 2: open"},
		{args: []string{"coop", "payouts", "show", "2", "-o", "csv"}, out: "home/attic,home/attic,,1000000001,0.001000000001,XMR"},
		{args: []string{"coop", "payouts", "mark", "2"}, code: 2, err: "--reference is missing"},
		{args: []string{"coop", "payouts", "mark", "2", "--reference", "3f9a"}, out: "Payment 2: paid"},
		{args: []string{"coop", "payouts", "cancel", "2"}, code: 1, err: "it is paid already"},
		{args: []string{"coop", "payouts", "show", "zz"}, code: 4, err: "there is no"},
		{args: []string{"coop", "payouts", "cancel", "m", "-o", "json"}, out: `"state": "cancelled"`},
		{args: []string{"coop", "credit", "0.25"}, out: "Credited 0.25 XMR until"},
		{args: []string{"coop", "credit", "0.1234567890123"}, code: 2, err: "at most 12 digits"},
		{args: []string{"coop", "credit", "1", "--since", "soon"}, code: 2, err: "--since"},
		{args: []string{"coop", "credit", "1 BTC"}, code: 2, err: "this crew earns XMR"},
		{args: []string{"coop", "suspend", "m"}, code: 2, err: "--reason is missing"},
		{args: []string{"coop", "suspend", "m", "--reason", "it lied"}, out: "m: suspended."},
		{args: []string{"coop", "unsuspend", "m", "-o", "json"}, out: `"status": "let in again"`},
		{args: []string{"coop", "unsuspend", "m"}, code: 1, err: "m is not suspended"},
		{args: []string{"coop", "set", "m"}, code: 2, err: "nothing to change"},
		{args: []string{"coop", "set", "m", "--difficulty", "lots"}, code: 2, err: "50k or 2M"},
		{args: []string{"coop", "set", "m", "--difficulty", "50k", "--check", "all"}, out: "m: set."},
		{args: []string{"coop", "set", "m", "--check", "all", "--threads", "2"}, code: 3, err: "mines over Stratum"},
		{args: []string{"coop", "set", "m", "--check", "some"}, code: 2, err: "write auto or all"},
		{args: []string{"coop", "pause", "home/attic"}, out: "home/attic: told to rest."},
		{args: []string{"coop", "pause", "m"}, code: 1, err: "mines over Stratum"},
		{args: []string{"coop", "statement", "m"}, out: "earned: block 3299290"},
		{args: []string{"coop", "statement", "m", "--since", "30d", "-o", "csv"}, out: "at,kind,text,round,in,out,balance,coin"},
		{args: []string{"coop", "ledger", "verify"}, out: "All of it agrees: 5000 records in 2 segments"},
		{args: []string{"coop", "ledger", "export", "--from", "2", "--to", "3", "-o", "csv"}, out: "\n3,", never: "\n4,"},
		{args: []string{"coop", "ledger", "export", "-o", "yaml"}, code: 2, err: "json or csv"},
		{args: []string{"coop", "off"}, out: "coordinates no crew any more"},
		{args: []string{"coop", "on"}, code: 2, err: "settings"},
		{args: []string{"coop", "on", "--grpc-listen", ":1"}, code: 2, err: "name --pool-address too"},
		{args: []string{"coop", "on", "--pool-address", "stratum+tcp://pool.example:3333", "--pool-password", "hush-hush", "-o", "json"}, out: `"hasPassword": true`, never: "hush-hush"},
	} {
		code, out, errs := run(l.args...)
		if code != l.code || !strings.Contains(strings.ToLower(out), strings.ToLower(l.out)) || !strings.Contains(errs, l.err) || l.never != "" && strings.Contains(out+errs, l.never) {
			t.Errorf("adit %s: exit code %d, want %d\n--- stdout, wants %q\n%s--- stderr, wants %q\n%s", strings.Join(l.args, " "), code, l.code, l.out, out, l.err, errs)
		}
	}
	for _, want := range []string{"m suspend: it lied", "m difficulty 50000", "m policy all", "home/attic pause", "credit 250000000000"} {
		if !strings.Contains(crew.Orders(), want) {
			t.Errorf("%q did not reach the coordinator:\n%s", want, crew.Orders())
		}
	}
	crew.G.Ledger.Trouble = "no space left on device"
	if code, out, _ := run("coop", "status"); code != 1 || !strings.Contains(out, "no space left on device") {
		t.Errorf("%d %s", code, out)
	}
	crew.Check.OK, crew.Check.Errors = false, []string{"record 7: its checksum does not fit"}
	if code, out, _ := run("coop", "ledger", "verify"); code != 1 || !strings.Contains(out, "record 7") {
		t.Errorf("%d %s", code, out)
	}
	on = false
	if code, _, errs := run("coop", "members"); code != 1 || !strings.Contains(errs, "try: adit coop on --pool-address practice:") {
		t.Errorf("%d %s", code, errs)
	}
}

// TestCoopStatusIsStats: `adit coop status -o json` prints the object of GET /api/stats, with the same keys and values.
func TestCoopStatusIsStats(t *testing.T) {
	t.Parallel()
	on := true
	url, token := crewServer(t, viewtest.New(3), &on)
	var stdout bytes.Buffer
	c := &cli{args: []string{"--server", url, "coop", "status", "-o", "json"}, in: strings.NewReader(""), out: &stdout, err: os.Stderr,
		env: func(k string) string { return map[string]string{"ADIT_TOKEN": token}[k] }}
	if code := Main(t.Context(), c); code != 0 {
		t.Fatal(code)
	}
	s, err := c.connect()
	if err != nil {
		t.Fatal(err)
	}
	var raw bytes.Buffer
	stats, err := s.CoopStats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewEncoder(&raw).Encode(stats); err != nil {
		t.Fatal(err)
	}
	var printed, served map[string]any
	if err := json.Unmarshal(stdout.Bytes(), &printed); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw.Bytes(), &served); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(printed, served) || printed["workers_total"] != 3.0 || printed["cluster_id"] != "home" {
		t.Errorf("%v\n%v", printed, served)
	}
}
