package command

import (
	"testing"

	"github.com/adit-mining/adit"
)

// FuzzConfig: whatever a body holds, it is refused by name or becomes a wish that an agent may be sent; secrets never
// come back in an error.
func FuzzConfig(f *testing.F) {
	f.Add([]byte(`{"pool":"h:1","wallet":"x","threads":2}`))
	f.Add([]byte(`{"pools":[{"url":"stratum+tcp://h:1","user":"u","pass":"p"}],"cpuMaxThreadsHint":50}`))
	f.Add([]byte(`{"threads":"2"}`))
	f.Add([]byte(`{"nope":1} {`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := ParseConfig(raw)
		if err != nil {
			if adit.CodeOf(err) != adit.Invalid || len(err.Error()) > 4096+2*len(raw) {
				t.Fatalf("%s: %v", adit.CodeOf(err), err)
			}
			return
		}
		r, err := c.Request("native")
		if err != nil {
			return
		}
		args, err := r.args()
		if err == nil && len(args.Pools) == 0 {
			t.Fatalf("accepted without a pool: %q", raw)
		}
	})
}
