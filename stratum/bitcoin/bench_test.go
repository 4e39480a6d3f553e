package bitcoin

import "testing"

// What a share costs here: reading mining.submit, and then its hash.
func BenchmarkSubmitLine(b *testing.B) {
	line := []byte(`{"id":4711,"method":"mining.submit","params":["user.worker","w1f3.2","000000000001","6553f1a0","b2957c02","00c00000"]}`)
	b.ReportAllocs()
	for b.Loop() {
		m, err := parseMessage(line)
		if err != nil {
			b.Fatal(err)
		}
		l, err := m.list()
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err := parseSubmit(l, RollingMask); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSubmitQuick(b *testing.B) {
	line := []byte(`{"id":4711,"method":"mining.submit","params":["user.worker","w1f3.2","000000000001","6553f1a0","b2957c02","00c00000"]}`)
	b.ReportAllocs()
	for b.Loop() {
		var q quickSubmit
		if !q.parse(line) {
			b.Fatal("not taken")
		}
		if _, ok := q.share(RollingMask); !ok {
			b.Fatal("not taken")
		}
	}
}

func BenchmarkShareHash(b *testing.B) {
	v := vectors(b)[0]
	j := v.job(b)
	s, _, err := parseSubmit(v.Submit, 0)
	if err != nil {
		b.Fatal(err)
	}
	target := TargetOf(HashesOf(1))
	b.ReportAllocs()
	for b.Loop() {
		if !target.Met(j.Hash(s)) {
			b.Fatal("not met")
		}
	}
}

func BenchmarkNotice(b *testing.B) {
	j := vectors(b)[0].job(b)
	n := NoticeOf(j)
	line := n.Append(nil, "w1f3", false)
	b.ReportAllocs()
	for b.Loop() {
		line = n.Append(line[:0], "w1f3", false)
	}
}
