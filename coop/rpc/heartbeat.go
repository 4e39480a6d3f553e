package rpc

import (
	"context"
	"math"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/coopv1"
)

// Heartbeat implements the service.
func (s *Server) Heartbeat(ctx context.Context, r *coopv1.HeartbeatRequest) (*coopv1.HeartbeatResponse, error) {
	w, err := s.worker(ctx, r.GetWorkerId(), r.GetSession())
	if err != nil {
		return nil, err
	}
	b, err := beat(r)
	if err != nil {
		return nil, err
	}
	w.seat.Beat(b)
	out := &coopv1.HeartbeatResponse{Success: true}
	if s.o.Commander == nil {
		return out, nil
	}
	if o, ok := s.o.Commander.Command(w.member); ok {
		out.Command, out.Message = commandNumber(o.Command), cut(o.Reason, 400)
		if o.Command == coop.CommandConfig {
			out.Config = s.config()
			if o.Config != nil && o.Config.Threads != nil {
				n := int32(min(max(*o.Config.Threads, 0), math.MaxInt32))
				out.Config.Threads = &n
			}
		}
	}
	return out, nil
}

func commandNumber(c coop.Command) coopv1.WorkerCommand {
	switch c {
	case coop.CommandPause:
		return coopv1.WorkerCommand_COMMAND_PAUSE
	case coop.CommandResume:
		return coopv1.WorkerCommand_COMMAND_RESUME
	case coop.CommandConfig:
		return coopv1.WorkerCommand_COMMAND_UPDATE_CONFIG
	case coop.CommandShutdown:
		return coopv1.WorkerCommand_COMMAND_SHUTDOWN
	}
	return coopv1.WorkerCommand_COMMAND_NONE
}

// beat reads what a worker says of itself. Numbers that cannot be are refused, not shown.
func beat(r *coopv1.HeartbeatRequest) (b coop.Beat, err error) {
	for _, f := range []struct {
		name      string
		value     *float64
		low, high float64
	}{
		{"hashrate", r.Hashrate, 0, 1e18},
		{"cpu_usage", wide(r.CpuUsage), 0, 100 * 4096},
		{"memory_usage", wide(r.MemoryUsage), 0, 100},
		{"temperature", wide(r.Temperature), -100, 1000},
	} {
		if f.value != nil && !(*f.value >= f.low && *f.value <= f.high) {
			return b, status.Errorf(codes.InvalidArgument, "%s: %v: a number from %g to %g is expected, or none", f.name, *f.value, f.low, f.high)
		}
	}
	if r.GetUptimeMs() < 0 || r.GetUptimeMs() > math.MaxInt64/int64(time.Millisecond) {
		return b, status.Error(codes.InvalidArgument, "uptime_ms: milliseconds since the start are expected")
	}
	b = coop.Beat{
		HashesTotal: r.GetHashesTotal(), Uptime: time.Duration(r.GetUptimeMs()) * time.Millisecond,
		CPU: wide(r.CpuUsage), Memory: wide(r.MemoryUsage), SharesValid: r.GetSharesValid(), SharesWrong: r.GetSharesInvalid(),
		Paused: r.GetPaused(), PausedReason: cut(r.GetPausedReason(), maxName),
	}
	if r.Hashrate != nil {
		h := adit.Hashrate(*r.Hashrate)
		b.Hashrate = &h
	}
	if r.Temperature != nil {
		t := adit.Celsius(*r.Temperature)
		b.Temperature = &t
	}
	return b, nil
}

func wide(f *float32) *float64 {
	if f == nil {
		return nil
	}
	d := float64(*f)
	return &d
}

// GetClusterStats implements the service.
func (s *Server) GetClusterStats(ctx context.Context, _ *coopv1.ClusterStatsRequest) (*coopv1.ClusterStatsResponse, error) {
	if _, err := s.admitted(ctx); err != nil {
		return nil, err
	}
	if s.o.Stats == nil {
		return nil, status.Error(codes.Unimplemented, "this coordinator keeps no statistics")
	}
	out, err := s.o.Stats.ClusterStats(ctx)
	if err != nil {
		return nil, statsError(err)
	}
	return out, nil
}

// GetWorkerStats implements the service.
func (s *Server) GetWorkerStats(ctx context.Context, r *coopv1.WorkerStatsRequest) (*coopv1.WorkerStatsResponse, error) {
	c, err := s.admitted(ctx)
	if err != nil {
		return nil, err
	}
	m, _, err := c.member(r.GetWorkerId())
	if err != nil {
		return nil, err
	}
	if s.o.Stats == nil {
		return nil, status.Error(codes.Unimplemented, "this coordinator keeps no statistics")
	}
	out, err := s.o.Stats.WorkerStats(ctx, m)
	if err != nil {
		return nil, statsError(err)
	}
	return out, nil
}

func statsError(err error) error {
	if adit.CodeOf(err) == adit.NotFound {
		return status.Error(codes.NotFound, words(err))
	}
	return status.Error(codes.Unavailable, words(err))
}
