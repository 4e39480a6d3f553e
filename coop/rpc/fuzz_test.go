package rpc_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/adit-mining/adit/coop/coopv1"
	"github.com/adit-mining/adit/coop/rpc"
)

func FuzzShare(f *testing.F) {
	b, err := proto.Marshal(&coopv1.ShareRequest{WorkerId: "w", JobId: "j", Nonce: nonceOf(1), Result: make([]byte, 32)})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		var r coopv1.ShareRequest
		if proto.Unmarshal(b, &r) != nil {
			return
		}
		s, err := rpc.Submission(&r)
		if err != nil {
			if status.Code(err) != codes.InvalidArgument {
				t.Error(err)
			}
			return
		}
		if s.JobID == "" || len(s.JobID) > 64 || len(r.GetNonce()) != 4 || len(r.GetResult()) != 32 {
			t.Errorf("%+v was taken", s)
		}
	})
}

func FuzzHeartbeat(f *testing.F) {
	b, err := proto.Marshal(&coopv1.HeartbeatRequest{WorkerId: "w", Hashrate: proto.Float64(1), Temperature: proto.Float32(50), UptimeMs: 5, PausedReason: "x"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		var r coopv1.HeartbeatRequest
		if proto.Unmarshal(b, &r) != nil {
			return
		}
		x, err := rpc.ReadBeat(&r)
		if err != nil {
			return
		}
		if x.Hashrate != nil && !(*x.Hashrate >= 0) || x.Uptime < 0 || x.Memory != nil && !(*x.Memory >= 0 && *x.Memory <= 100) || len(x.PausedReason) > 128 {
			t.Errorf("%+v was taken", x)
		}
	})
}

func FuzzRegister(f *testing.F) {
	b, err := proto.Marshal(&coopv1.RegisterRequest{
		WorkerId: "w-1", WorkerName: "a\x1b[2Jname", Threads: 4, Algos: []string{"rx/0"}, Capabilities: []string{"x"}, Difficulty: "123", Os: "linux",
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		var r coopv1.RegisterRequest
		if proto.Unmarshal(b, &r) != nil {
			return
		}
		m, h, err := rpc.ReadHello(&r)
		if err != nil {
			if status.Code(err) != codes.InvalidArgument && status.Code(err) != codes.PermissionDenied {
				t.Error(err)
			}
			return
		}
		if m == "" || len(m) > 64 || h.Threads < 0 || len(h.Algos) > 32 || len(h.Capabilities) > 32 {
			t.Errorf("%q %+v was taken", m, h)
		}
		for _, s := range append([]string{h.Name, h.Agent, h.OS, h.Arch}, h.Capabilities...) {
			if len(s) > 128 || !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\x1b\n\r") {
				t.Errorf("%q was taken", s)
			}
		}
	})
}
