package sheet

import (
	"encoding/json"
	"flag"
	"fmt"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
)

// TestVersionsProperty: whatever is changed and reverted in whatever order, the profile is what a plain list of states
// says, every state can be had again, and what is shown holds no secret.
func TestVersionsProperty(t *testing.T) {
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue { // each round is some twenty transactions
		if err := f.Value.Set("25"); err != nil {
			t.Fatal(err)
		}
	}
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := open(t, db)
		round := 0
		rapid.Check(t, func(rt *rapid.T) {
			round++
			type state struct {
				name, secret string
				threads      int
				auto         bool
			}
			draw := func() state {
				return state{
					name:   fmt.Sprintf("r%d %s", round, rapid.SampledFrom([]string{"a", "b", "ä"}).Draw(rt, "name")),
					secret: rapid.SampledFrom([]string{"", "hush1", "hush2"}).Draw(rt, "secret"), threads: rapid.IntRange(1, 8).Draw(rt, "threads"),
					auto: rapid.Bool().Draw(rt, "auto"),
				}
			}
			draft := func(s state) Draft {
				return Draft{Name: s.name, MinerType: "native", Autostart: &s.auto,
					Config: h.config(`"threads":`+strconv.Itoa(s.threads), `"password":"`+s.secret+`"`)}
			}
			first := draw()
			p, err := h.Create(t.Context(), owner, draft(first))
			h.must(err)
			model := []state{first}
			for range rapid.IntRange(0, 4).Draw(rt, "steps") {
				version := p.Version
				if rapid.Bool().Draw(rt, "stale") {
					old := version - 1
					if _, err := h.Update(t.Context(), owner, p.ID, withVersion(draft(draw()), old)); adit.CodeOf(err) != adit.Conflict {
						rt.Fatalf("version %d over %d: %v", old, version, err)
					}
				}
				if rapid.Bool().Draw(rt, "revert") {
					to := rapid.IntRange(1, len(model)).Draw(rt, "to")
					if p, err = h.Revert(t.Context(), owner, p.ID, int64(to), &version); err != nil {
						rt.Fatal(err)
					}
					model = append(model, model[to-1])
				} else {
					s := draw()
					if p, err = h.Update(t.Context(), owner, p.ID, withVersion(draft(s), version)); err != nil {
						rt.Fatal(err)
					}
					model = append(model, s)
				}
				if p.Version != version+1 {
					rt.Fatalf("version %d after %d", p.Version, version)
				}
			}
			versions, err := h.Versions(t.Context(), owner, p.ID)
			h.must(err)
			if len(versions) != len(model) {
				rt.Fatalf("%d versions, want %d", len(versions), len(model))
			}
			for i, want := range model {
				v := versions[len(model)-1-i]
				var c struct {
					Threads  int     `json:"threads"`
					Password *string `json:"password"`
				}
				h.must(json.Unmarshal(v.Config, &c))
				if v.Version != int64(i+1) || v.Name != want.name || c.Threads != want.threads || v.Autostart != want.auto || c.Password != nil ||
					(len(v.Secrets) == 1) != (want.secret != "") {
					rt.Fatalf("version %d is %+v, want %+v", i+1, v, want)
				}
				if i > 0 && (len(v.Changes) == 0) != (model[i-1] == want) {
					rt.Fatalf("version %d: changes %+v from %+v to %+v", i+1, v.Changes, model[i-1], want)
				}
			}
			r, err := byID(t.Context(), db, p.ID)
			h.must(err)
			var c struct {
				Password string `json:"password"`
			}
			h.must(json.Unmarshal(r.Config, &c))
			if last := model[len(model)-1]; c.Password != last.secret || p.Name != last.name {
				rt.Fatalf("%q is kept, want %q", c.Password, last.secret)
			}
			h.must(h.Delete(t.Context(), owner, p.ID))
		})
	})
}

func withVersion(d Draft, v int64) Draft {
	d.Version = &v
	return d
}
