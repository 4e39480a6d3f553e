package bitcoin

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/adit-mining/adit"
)

// testJob is a job with room for 4+4 bytes of extranonce.
func testJob(id string) *Job {
	return &Job{
		ID: id, PrevHash: [32]byte{1, 2, 3, 4, 5}, Coinbase1: bytes.Repeat([]byte{0xc1}, 50), Coinbase2: bytes.Repeat([]byte{0xc2}, 30),
		Branches: [][32]byte{{7}, {8}}, Version: 0x20000000, Bits: 0x207fffff, Time: 1700000000,
		Extranonce1: []byte{0xe1, 1, 2, 3}, Extranonce2Size: 4, VersionMask: RollingMask,
	}
}

// params of mining.notify, to be spoilt.
func notifyParams(t testing.TB) []any {
	t.Helper()
	m, err := parseMessage(NoticeOf(testJob("j")).Append(nil, "j", true))
	if err != nil {
		t.Fatal(err)
	}
	var p []any
	if err := json.Unmarshal(m.Params, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func raws(t testing.TB, p ...any) (l []json.RawMessage) {
	t.Helper()
	for _, v := range p {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		l = append(l, b)
	}
	return l
}

func TestNotifyBounds(t *testing.T) {
	x := func(n int) string { return strings.Repeat("ab", n) }
	many := make([]string, maxBranches+1)
	for i := range many {
		many[i] = x(32)
	}
	for name, c := range map[string]struct {
		at   int
		v    any
		want string // in the error; "" = taken
	}{
		"id number": {0, 5, "job id"}, "id empty": {0, "", "job id"}, "id long": {0, x(65), "job id"}, "id longest": {0, x(64), ""},
		"prev short": {1, x(31), "previous hash"}, "prev long": {1, x(33), "previous hash"}, "prev no hex": {1, strings.Repeat("zz", 32), "hex"}, "prev null": {1, nil, "previous hash"},
		"coinb1 empty": {2, "", "coinb1"}, "coinb1 odd": {2, "abc", "coinb1"}, "coinb1 short": {2, x(20), "58 bytes"}, "coinb1 least": {2, x(22), ""}, "coinb1 long": {2, x(maxCoinbase + 1), "coinb1"},
		"coinb2 empty": {3, "", "coinb2"}, "coinb2 object": {3, map[string]any{}, "coinb2"},
		"branches null": {4, nil, "merkle"}, "branches text": {4, "x", "merkle"}, "branches many": {4, many, "at most 32"}, "branches most": {4, many[1:], ""}, "branches none": {4, []string{}, ""}, "branch short": {4, []string{x(31)}, "merkle"}, "branch number": {4, []any{1}, "merkle"},
		"version short": {5, "2000000", "version"}, "version number": {5, 1, "version"}, "version no hex": {5, "2000000g", "version"},
		"bits zero": {6, "00000000", "no target"}, "bits negative": {6, "1d80ffff", "no target"}, "bits wide": {6, "2300ffff", "no target"}, "bits long": {6, "001d00ffff", "nbits"},
		"time": {7, "", "ntime"}, "time null": {7, nil, "ntime"},
		"clean text": {8, "true", "clean"}, "clean number": {8, 1, "clean"},
	} {
		p := notifyParams(t)
		p[c.at] = c.v
		j := &Job{Extranonce1: []byte{1, 2, 3, 4}, Extranonce2Size: 4}
		err := j.parseNotify(raws(t, p...))
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || adit.CodeOf(err) != adit.Invalid || len(err.Error()) > 400):
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := new(Job).parseNotify(raws(t, notifyParams(t)[:8]...)); err == nil || !strings.Contains(err.Error(), "8 parameters") {
		t.Error(err)
	}
}

func TestSubmitBounds(t *testing.T) {
	good := []any{"w", "j", "00000001", "6553f1a0", "b2957c02", "00c00000"}
	with := func(i int, v any) []any { p := append([]any{}, good...); p[i] = v; return p }
	for name, c := range map[string]struct {
		p    []any
		mask uint32
		want string
	}{
		"rolled":           {good, RollingMask, ""},
		"five":             {good[:5], RollingMask, ""},
		"sixth null":       {with(5, nil), 0, ""},
		"sixth zero":       {with(5, "00000000"), 0, ""},
		"no mask":          {good, 0, "Invalid version mask"},
		"outside the mask": {with(5, "20000000"), RollingMask, "Invalid version mask"},
		"four":             {good[:4], 0, "4 parameters"},
		"worker number":    {with(0, 1), 0, "worker"},
		"worker long":      {with(0, strings.Repeat("w", 513)), 0, "worker"},
		"no job":           {with(1, ""), 0, "job id"},
		"en2 odd":          {with(2, "123"), 0, "extranonce2"},
		"en2 long":         {with(2, strings.Repeat("00", 17)), 0, "extranonce2"},
		"en2 prefix":       {with(2, "0x0001"), 0, "hex"},
		"ntime":            {with(3, "6553f1a"), 0, "ntime"},
		"nonce":            {with(4, "b2957c0200"), 0, "nonce"},
		"nonce sign":       {with(4, "-2957c02"), 0, "nonce"},
		"bits short":       {with(5, "c00000"), RollingMask, "version bits"},
	} {
		s, _, err := parseSubmit(raws(t, c.p...), c.mask)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || adit.CodeOf(err) != adit.Invalid):
			t.Errorf("%s: %v", name, err)
		case c.want == "" && len(c.p) == 6 && c.p[5] == good[5] && (s.VersionBits != 0x00c00000 || s.VersionMask != c.mask):
			t.Errorf("%s: %+v", name, s)
		}
	}
	s, _, _ := parseSubmit(raws(t, good...), RollingMask)
	if got, want := s.params("w", RollingMask), []string{"w", "j", "00000001", "6553f1a0", "b2957c02", "00c00000"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
	if got := s.params("w", 0); len(got) != 5 {
		t.Errorf("%v", got)
	}
}

func TestCheck(t *testing.T) {
	j := testJob("j")
	good := Share{JobID: "j", Extranonce2: make([]byte, 4), Time: j.Time}
	for name, c := range map[string]struct {
		spoil func(*Share)
		want  string
	}{
		"good":             {func(*Share) {}, ""},
		"latest":           {func(s *Share) { s.Time += MostTimeRoll }, ""},
		"too late":         {func(s *Share) { s.Time += MostTimeRoll + 1 }, "Ntime out of range"},
		"too early":        {func(s *Share) { s.Time-- }, "Ntime out of range"},
		"wrapped":          {func(s *Share) { s.Time = 5 }, "Ntime out of range"},
		"short extranonce": {func(s *Share) { s.Extranonce2 = s.Extranonce2[1:] }, "Invalid nonce2 length"},
		"long extranonce":  {func(s *Share) { s.Extranonce2 = make([]byte, 5) }, "Invalid nonce2 length"},
		"rolled":           {func(s *Share) { s.VersionBits, s.VersionMask = 0x2000, 0x2000 }, ""},
		"own mask":         {func(s *Share) { s.VersionBits, s.VersionMask = 0x4000, 0x2000 }, "Invalid version mask"},
		"job's mask":       {func(s *Share) { s.VersionBits, s.VersionMask = 0x1000, 0xffffffff }, "Invalid version mask"},
		"no mask given":    {func(s *Share) { s.VersionBits = 0x2000 }, ""},
	} {
		s := good
		s.Extranonce2 = bytes.Clone(good.Extranonce2)
		c.spoil(&s)
		o, text := j.Check(s)
		if c.want == "" && o != "" || c.want != "" && (o != adit.ShareMalformed || !strings.HasPrefix(text, c.want)) {
			t.Errorf("%s: %q %q", name, o, text)
		}
		// What our words are is what a client reads from them.
		if c.want != "" && (&Fault{CodeOther, text}).Outcome() != o {
			t.Errorf("%s: %q is classified as %q", name, text, (&Fault{CodeOther, text}).Outcome())
		}
	}
	late := testJob("j")
	late.Time = 0xffffff00 // no wrap around at the end of 32 bits
	if o, _ := late.Check(Share{Extranonce2: make([]byte, 4), Time: 5}); o == "" {
		t.Error("time wrapped around")
	}
}

// BIP310: the rolled bits replace those of the job, within what the miner negotiated.
func TestRolledVersion(t *testing.T) {
	j := testJob("j")
	j.Version = 0x20006000 // the pool set two bits within the mask
	for name, c := range map[string]struct {
		s    Share
		want uint32
	}{
		"does not roll":       {Share{}, 0x20006000},
		"rolls to nothing":    {Share{VersionMask: RollingMask}, 0x20000000},
		"rolls":               {Share{VersionMask: RollingMask, VersionBits: 0x00c02000}, 0x20c02000},
		"narrow mask":         {Share{VersionMask: 0x00c00000, VersionBits: 0x00400000}, 0x20406000},
		"bits without a mask": {Share{VersionBits: 0x00400000}, 0x20400000},
	} {
		if got := j.RolledVersion(c.s); got != c.want {
			t.Errorf("%s: %08x, want %08x", name, got, c.want)
		}
		up := j.Widen(nil, c.s)
		if got := j.RolledVersion(up); got != c.want || up.VersionBits&^j.VersionMask != 0 {
			t.Errorf("%s, on its way up: %08x, want %08x", name, got, c.want)
		}
	}
}

func TestConfigure(t *testing.T) {
	parse := func(s string) (wish, error) {
		m, err := parseMessage([]byte(`{"id":1,"method":"mining.configure","params":` + s + `}`))
		if err != nil {
			t.Fatal(err)
		}
		l, err := m.list()
		if err != nil {
			return wish{}, err
		}
		return parseConfigure(l)
	}
	grant := func(s string, mask uint32) string {
		w, err := parse(s)
		if err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		b, err := json.Marshal(w.grant(mask))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for _, c := range []struct {
		in   string
		mask uint32
		want string
	}{
		{`[["version-rolling","minimum-difficulty","subscribe-extranonce"],{"version-rolling.mask":"1fffe000","version-rolling.min-bit-count":2,"minimum-difficulty.value":2048}]`, RollingMask,
			`{"minimum-difficulty":true,"subscribe-extranonce":true,"version-rolling":true,"version-rolling.mask":"1fffe000"}`},
		{`[["version-rolling"],{"version-rolling.mask":"00c00000"}]`, RollingMask, `{"version-rolling":true,"version-rolling.mask":"00c00000"}`},
		{`[["version-rolling"]]`, 0x6000, `{"version-rolling":true,"version-rolling.mask":"00006000"}`},
		{`[["version-rolling"],{"version-rolling.mask":"ffffffff"}]`, 0, `{"version-rolling":false}`},
		{`[["info","x"],null]`, RollingMask, `{"info":false,"x":false}`},
		{`[[]]`, RollingMask, `{}`},
	} {
		if got := grant(c.in, c.mask); got != c.want {
			t.Errorf("%s: %s", c.in, got)
		}
	}
	if got := grant(`[["version-rolling"],{"version-rolling.mask":"1fffe000","version-rolling.min-bit-count":5}]`, 0x6000); strings.Contains(got, "true") {
		t.Errorf("too few bits: %s", got)
	}
	for _, s := range []string{
		`[]`, `["version-rolling"]`, `[[1]]`, `[["version-rolling"],[]]`, `[["version-rolling"],{"version-rolling.mask":"xyz"}]`,
		`[["version-rolling"],{"version-rolling.mask":5}]`, `[["version-rolling"],{"version-rolling.min-bit-count":33}]`,
		`[["minimum-difficulty"]]`, `[["minimum-difficulty"],{"minimum-difficulty.value":"5"}]`, `[["minimum-difficulty"],{"minimum-difficulty.value":0}]`,
		`[["minimum-difficulty"],{"minimum-difficulty.value":1e30}]`, `[[` + strings.Repeat(`"a",`, 32) + `"a"]]`, `{}`,
	} {
		if w, err := parse(s); adit.CodeOf(err) != adit.Invalid {
			t.Errorf("%s is taken: %+v %v", s, w, err)
		}
	}
	ask := wish{rolling: true, mask: RollingMask, least: 2, extranonce: true}
	for s, want := range map[string]uint32{
		`{"version-rolling":true,"version-rolling.mask":"1fffe000"}`:  RollingMask,
		`{"version-rolling":true,"version-rolling.mask":"ffffffff"}`:  RollingMask,
		`{"version-rolling.mask":"00c00000"}`:                         0x00c00000, // ckpool
		`{"version-rolling":false,"version-rolling.mask":"1fffe000"}`: 0,
		`{"version-rolling":"no","version-rolling.mask":"1fffe000"}`:  0,
		`{"version-rolling":true}`:                                    0,
		`{}`:                                                          0,
	} {
		if mask, _, err := ask.granted(json.RawMessage(s)); err != nil || mask != want {
			t.Errorf("%s grants %08x (%v), want %08x", s, mask, err, want)
		}
	}
	for _, s := range []string{`true`, `[1]`, `{"version-rolling":true,"version-rolling.mask":"q"}`} {
		if _, _, err := ask.granted(json.RawMessage(s)); err == nil {
			t.Errorf("%s is taken", s)
		}
	}
}

// The four shapes of an error, and the words of pools.
func TestFaults(t *testing.T) {
	for raw, want := range map[string]struct {
		code    int
		text    string
		outcome adit.ShareOutcome
	}{
		`[21,"Job not found",null]`:                    {21, "Job not found", adit.ShareUnknownJob},
		`[21,"stale",null]`:                            {21, "stale", adit.ShareStale},
		`[22,"Duplicate share",null]`:                  {22, "Duplicate share", adit.ShareDuplicate},
		`[23,"low difficulty share of 12.1"]`:          {23, "low difficulty share of 12.1", adit.ShareLowDifficulty},
		`[24,"Unauthorized worker",null]`:              {24, "Unauthorized worker", adit.ShareUnauthorized},
		`[25,"Not subscribed",null]`:                   {25, "Not subscribed", adit.ShareUnauthorized},
		`[20,"ntime out of range"]`:                    {20, "ntime out of range", adit.ShareMalformed},
		`[20,"incorrect size of extranonce2"]`:         {20, "incorrect size of extranonce2", adit.ShareMalformed},
		`[22,null]`:                                    {22, "error code 22", adit.ShareDuplicate},
		`[23]`:                                         {23, "error code 23", adit.ShareLowDifficulty},
		`["Stale"]`:                                    {0, "Stale", adit.ShareStale},
		`{"code":21,"message":"Job not found"}`:        {21, "Job not found", adit.ShareUnknownJob},
		`{"code":-32601,"message":"Method not found"}`: {-32601, "Method not found", adit.ShareMalformed},
		`{"code":23}`:                                  {23, "error code 23", adit.ShareLowDifficulty},
		`{}`:                                           {0, noReason, adit.ShareMalformed},
		`"Invalid JobID"`:                              {0, "Invalid JobID", adit.ShareUnknownJob},
		`"Stale"`:                                      {0, "Stale", adit.ShareStale},
		`"Ntime out of range"`:                         {0, "Ntime out of range", adit.ShareMalformed},
		`"Duplicate"`:                                  {0, "Duplicate", adit.ShareDuplicate},
		`"Above target"`:                               {0, "Above target", adit.ShareLowDifficulty},
		`"Below minimum difficulty"`:                   {0, "Below minimum difficulty", adit.ShareLowDifficulty},
		`"Invalid version mask"`:                       {0, "Invalid version mask", adit.ShareMalformed},
		`"Invalid nonce2 length"`:                      {0, "Invalid nonce2 length", adit.ShareMalformed},
		`"Worker mismatch"`:                            {0, "Worker mismatch", adit.ShareUnauthorized},
		`"No nonce"`:                                   {0, "No nonce", adit.ShareMalformed},
		`"No username"`:                                {0, "No username", adit.ShareUnauthorized},
		`"Params not array"`:                           {0, "Params not array", adit.ShareMalformed},
		`"No workbase"`:                                {0, "No workbase", adit.ShareUnknownJob},
		`"internal error, try again"`:                  {0, "internal error, try again", ""},
		`true`:                                         {0, noReason, adit.ShareMalformed},
		`7`:                                            {7, "error code 7", adit.ShareMalformed},
		`"` + strings.Repeat("x", 500) + `"`:           {0, strings.Repeat("x", 200) + "…", adit.ShareMalformed},
		`[20,"two\nlines",{"trace":[1]}]`:              {20, "two lines", adit.ShareMalformed},
		`[1e99,"x"]`:                                   {0, "x", adit.ShareMalformed},
		`[21,"Invalid job id: client.subscribe first",""]`: {21, "Invalid job id: client.subscribe first", adit.ShareUnknownJob},
	} {
		f := ParseFault(json.RawMessage(raw))
		if f == nil || f.Code != want.code || f.Text != want.text || f.Outcome() != want.outcome {
			t.Errorf("%s: %+v", raw, f)
		}
	}
	for _, raw := range []string{``, `null`, `false`, `[]`} {
		if f := ParseFault(json.RawMessage(raw)); f != nil {
			t.Errorf("%s is an error: %+v", raw, f)
		}
	}
	// What we say comes back as what we meant.
	for _, o := range []adit.ShareOutcome{
		adit.ShareStale, adit.ShareDuplicate, adit.ShareLowDifficulty, adit.ShareUnknownJob, adit.ShareMalformed, adit.ShareUnauthorized,
	} {
		raw, err := json.Marshal(FaultOf(o, ""))
		if err != nil {
			t.Fatal(err)
		}
		if back := ParseFault(raw); back == nil || back.Outcome() != o {
			t.Errorf("%s goes as %s", o, raw)
		}
	}
}

func TestVerdicts(t *testing.T) {
	for line, want := range map[string]adit.ShareOutcome{
		`{"id":4,"result":true,"error":null}`:                                        adit.ShareAccepted,
		`{"id":4,"result":true,"error":[]}`:                                          adit.ShareAccepted,
		`{"id":4,"result":true}`:                                                     adit.ShareAccepted,
		`{"id":4,"result":false,"error":null}`:                                       adit.ShareMalformed,
		`{"id":4,"result":null,"error":null}`:                                        adit.ShareMalformed,
		`{"id":4,"result":false,"error":null,"reject-reason":"Above target"}`:        adit.ShareLowDifficulty, // older ckpool
		`{"id":4,"result":false,"error":null,"reject-reason":7}`:                     adit.ShareMalformed,
		`{"id":4,"result":null,"error":"Stale"}`:                                     adit.ShareStale,
		`{"id":4,"result":true,"error":[22,"Duplicate share",null]}`:                 adit.ShareDuplicate,
		`{"id":4,"result":{"status":"OK"},"error":{"code":23,"message":"low diff"}}`: adit.ShareLowDifficulty,
	} {
		m, err := parseMessage([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		v := verdictOf(m)
		if v.Outcome != want || (v.Text == "") != want.Accepted() {
			t.Errorf("%s: %+v", line, v)
		}
	}
}

func TestSessionOf(t *testing.T) {
	for raw, want := range map[string]string{
		`[[["mining.set_difficulty","s1"],["mining.notify","s2"]],"08000002",4]`: "s2",
		`[["mining.notify","s3"],"08000002",4]`:                                  "s3", // NiceHash
		`[[["mining.set_difficulty","s4"]],"08000002",4]`:                        "s4",
		`[null,"08000002",4]`:                                                    "",
		`[[],"08000002",4]`:                                                      "",
		`["x","08000002",4,"more"]`:                                              "",
		`[[["mining.notify"]],"08",4]`:                                           "",
		`[[[1,2],{}],"08000002",4]`:                                              "",
	} {
		if got, _, size, err := sessionOf(json.RawMessage(raw)); err != nil || got != want || size != 4 {
			t.Errorf("%s: %q %d %v", raw, got, size, err)
		}
	}
	for _, raw := range []string{`true`, `null`, `[]`, `[[],"08"]`, `[[],"0",4]`, `[[],"zz",4]`, `[[],"08",-1]`, `[[],"08",17]`, `[[],"08","4"]`, `[[],"08",4.5]`, `[[],"08",null]`, `[[],8,4]`, `[[],"` + strings.Repeat("00", 65) + `",4]`} {
		if _, one, size, err := sessionOf(json.RawMessage(raw)); err == nil {
			t.Errorf("%s is taken: %x %d", raw, one, size)
		}
	}
}

// Heights of coinbases: BIP34, with the opcodes of the first blocks.
func TestHeight(t *testing.T) {
	head := append([]byte{1, 0, 0, 0, 1}, bytes.Repeat([]byte{0}, 32)...)
	head = append(head, 0xff, 0xff, 0xff, 0xff, 20)
	for _, c := range []struct {
		script []byte
		want   uint64 // 0: none
	}{
		{[]byte{0x51, 0}, 1}, {[]byte{0x60, 0}, 16}, {[]byte{1, 17}, 17}, {[]byte{2, 0x80, 0}, 128}, {[]byte{3, 0x4f, 0x8f, 0x06}, 429903},
		{[]byte{4, 1, 2, 3, 4}, 0x04030201}, {[]byte{3, 1, 2}, 0}, {[]byte{1, 0x80}, 0}, {[]byte{0, 0}, 0}, {[]byte{9, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 0}, {[]byte{5}, 0},
	} {
		j := testJob("j")
		j.Coinbase1 = append(bytes.Clone(head), c.script...)
		got := j.Height()
		if c.want == 0 && got != nil || c.want != 0 && (got == nil || *got != c.want) {
			t.Errorf("%x: %v, want %d", c.script, got, c.want)
		}
	}
}

func TestRelated(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     bool
	}{
		{"pool.example.com", "pool.example.com", true}, {"pool.example.com", "EU.pool.Example.com.", true}, {"pool.example.com", "example.com", true},
		{"pool.example.com", "other.example.com", true}, {"pool.example.com", "evil-example.com", false}, {"pool.example.com", "example.com.evil.net", false},
		{"pool.example.co.uk", "other.co.uk", false}, {"pool.example.co.uk", "eu.example.co.uk", true}, {"a.github.io", "b.github.io", false},
		{"192.0.2.1", "192.0.2.1", true}, {"192.0.2.1", "192.0.2.2", false}, {"pool.example.com", "192.0.2.1", false}, {"192.0.2.1", "pool.example.com", false},
		{"localhost", "localhost", true}, {"localhost", "evil.localhost", false}, {"com", "example.com", false}, {"2001:db8::1", "2001:db8::1", true},
	} {
		if got := related(c.from, c.to); got != c.want {
			t.Errorf("%s to %s: %v", c.from, c.to, got)
		}
	}
}
