package coopv1_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/adit-mining/adit/coop/coopv1"
)

// seed is the service as CoopMine has it (facts/interfaces.md 2.1): "number name type" of every field.
var seed = map[string]string{
	"RegisterRequest":      "1 worker_id string, 2 worker_name string, 3 threads int32, 4 version string, 5 os string, 6 arch string, 7 capabilities []string",
	"RegisterResponse":     "1 success bool, 2 message string, 3 assigned_id string, 4 config ClusterConfig, 5 current_job JobMessage",
	"ClusterConfig":        "1 cluster_id string, 2 cluster_name string, 3 target_difficulty uint64, 4 heartbeat_interval_ms int32, 5 job_timeout_ms int32",
	"UnregisterRequest":    "1 worker_id string",
	"UnregisterResponse":   "1 success bool, 2 message string",
	"HeartbeatRequest":     "1 worker_id string, 2 hashrate double, 3 shares_valid uint64, 4 shares_invalid uint64, 5 hashes_total uint64, 6 uptime_ms int64, 7 cpu_usage float, 8 memory_usage float, 9 temperature float",
	"HeartbeatResponse":    "1 success bool, 2 message string, 3 command WorkerCommand",
	"StreamJobsRequest":    "1 worker_id string",
	"JobMessage":           "1 job_id string, 2 blob bytes, 3 target bytes, 4 seed_hash bytes, 5 height int64, 6 extra_nonce uint32, 7 extra_nonce_size uint32, 8 timestamp int64, 9 clean_jobs bool",
	"ShareRequest":         "1 worker_id string, 2 job_id string, 3 nonce bytes, 4 result bytes, 5 timestamp int64",
	"ShareResponse":        "1 accepted bool, 2 reason string, 3 is_block bool, 4 block_hash string, 5 difficulty double",
	"ClusterStatsRequest":  "",
	"ClusterStatsResponse": "1 cluster_id string, 2 cluster_name string, 3 workers_online int32, 4 workers_total int32, 5 total_hashrate double, 6 shares_valid uint64, 7 shares_invalid uint64, 8 blocks_found uint64, 9 uptime_ms int64, 10 last_block_time int64, 11 avg_block_time double, 12 workers []WorkerSummary",
	"WorkerSummary":        "1 worker_id string, 2 worker_name string, 3 status string, 4 hashrate double, 5 shares uint64, 6 last_seen int64",
	"WorkerStatsRequest":   "1 worker_id string",
	"WorkerStatsResponse":  "1 worker_id string, 2 worker_name string, 3 status string, 4 hashrate double, 5 shares_valid uint64, 6 shares_invalid uint64, 7 hashes_total uint64, 8 uptime_ms int64, 9 threads int32, 10 connected_at int64, 11 last_share_at int64, 12 current_job_id string",
}

// ours is what adit added. It has been on the wire since, so it is pinned too.
var ours = map[string]string{
	"RegisterRequest":      "10 algos []string, 11 any_nonce_offset bool, 12 difficulty string, 13 fixed_difficulty bool",
	"RegisterResponse":     "10 session string, 11 member string",
	"ClusterConfig":        "10 threads int32, 11 coin string, 12 algo string",
	"UnregisterRequest":    "10 session string",
	"HeartbeatRequest":     "10 session string, 11 paused bool, 12 paused_reason string, 13 threads int32",
	"HeartbeatResponse":    "10 config ClusterConfig",
	"StreamJobsRequest":    "10 session string",
	"JobMessage":           "10 nonce_start uint32, 11 nonce_end uint32, 12 nonce_offset uint32, 13 algo string, 14 next_seed bytes, 15 difficulty string, 16 idle bool, 17 idle_reason string",
	"ShareRequest":         "10 session string, 11 attempt uint32, 12 algo string",
	"ShareResponse":        "10 outcome string",
	"ClusterStatsResponse": "13 pool_connected bool",
}

var enrol = map[string]string{
	"EnrolTermsRequest": "1 secret string",
	"EnrolTerms":        "1 operator string, 2 cluster_id string, 3 cluster_name string, 4 coin string, 5 algo string, 6 fee string, 7 payout_rule string, 8 member string, 9 hash string, 10 expires_at int64, 11 more string",
	"EnrolJoinRequest":  "1 secret string, 2 csr bytes, 3 name string, 4 terms_hash string, 5 agreed_at int64",
	"EnrolRenewRequest": "1 csr bytes",
	"EnrolCertificate":  "1 name string, 2 certificate bytes, 3 ca bytes, 4 not_after int64",
}

func TestSeedFieldNumbers(t *testing.T) {
	want := maps.Clone(seed)
	for name, more := range ours {
		want[name] = strings.TrimPrefix(want[name]+", "+more, ", ")
	}
	compare(t, want, coopv1.File_coopmine_proto)
}

func TestEnrolFieldNumbers(t *testing.T) { compare(t, enrol, coopv1.File_enrol_proto) }

func compare(t *testing.T, want map[string]string, file protoreflect.FileDescriptor) {
	t.Helper()
	got := map[string]string{}
	for i := range file.Messages().Len() {
		m := file.Messages().Get(i)
		got[string(m.Name())] = fields(m)
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if got[name] != want[name] {
			t.Errorf("%s\n got %s\nwant %s", name, got[name], want[name])
		}
		delete(got, name)
	}
	for name := range got {
		t.Errorf("message %s is not pinned", name)
	}
}

func fields(m protoreflect.MessageDescriptor) string {
	var out []string
	for i := range m.Fields().Len() {
		f := m.Fields().Get(i)
		kind := f.Kind().String()
		switch f.Kind() {
		case protoreflect.MessageKind:
			kind = string(f.Message().Name())
		case protoreflect.EnumKind:
			kind = string(f.Enum().Name())
		}
		if f.IsList() {
			kind = "[]" + kind
		}
		out = append(out, fmt.Sprintf("%d %s %s", f.Number(), f.Name(), kind))
	}
	return strings.Join(out, ", ")
}

func TestCommandsAndCalls(t *testing.T) {
	for i, want := range []string{"COMMAND_NONE", "COMMAND_PAUSE", "COMMAND_RESUME", "COMMAND_UPDATE_CONFIG", "COMMAND_SHUTDOWN"} {
		if got := coopv1.WorkerCommand(i).String(); got != want {
			t.Errorf("command %d is %s, not %s", i, got, want)
		}
	}
	s := coopv1.File_coopmine_proto.Services().ByName("CoopMine")
	if s.FullName() != "coopmine.CoopMine" {
		t.Fatalf("service is %s", s.FullName())
	}
	calls := []string{"Register", "Unregister", "Heartbeat", "StreamJobs", "SubmitShare", "GetClusterStats", "GetWorkerStats"}
	if s.Methods().Len() != len(calls) {
		t.Errorf("%d calls, want %d", s.Methods().Len(), len(calls))
	}
	for _, name := range calls {
		m := s.Methods().ByName(protoreflect.Name(name))
		if m == nil {
			t.Errorf("no call %s", name)
		} else if m.IsStreamingServer() != (name == "StreamJobs") || m.IsStreamingClient() {
			t.Errorf("%s streams wrongly", name)
		}
	}
}
