package api

import (
	"context"
	"net/http"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/coop/view"
)

// coopMineRoutes are those of CoopMine's dashboard, with its names: facts/interfaces.md 2.2. They are the crew's, whatever
// else this adit does.
func (s *server) coopMineRoutes() {
	register(s, op("coopmine-stats", http.MethodGet, "/api/stats", "The crew in CoopMine's shape", tagCoopMine), adit.ScopeRead,
		func(ctx context.Context, actor adit.Actor, _ *none) (*answer[body.CoopMineStats], error) {
			return asked(s, func(c view.Source) (body.CoopMineStats, error) { return mineStats(ctx, actor, c) })
		})
	register(s, op("coopmine-workers", http.MethodGet, "/api/workers", "The members in CoopMine's shape", tagCoopMine), adit.ScopeRead,
		func(ctx context.Context, actor adit.Actor, _ *none) (*answer[[]body.CoopMineWorker], error) {
			return asked(s, func(c view.Source) ([]body.CoopMineWorker, error) {
				list, err := c.Members(ctx, actor)
				return mineWorkers(list), err
			})
		})
	register(s, op("coopmine-worker", http.MethodGet, "/api/workers/{id}", "One member in CoopMine's shape; a / in its id is written %2F", tagCoopMine), adit.ScopeRead,
		func(ctx context.Context, actor adit.Actor, in *CoopMember) (*answer[body.CoopMineWorkerDetail], error) {
			return asked(s, func(c view.Source) (body.CoopMineWorkerDetail, error) {
				m, err := c.Member(ctx, actor, in.ID)
				return mineWorker(m), err
			})
		})
	register(s, op("coopmine-jobs", http.MethodGet, "/api/jobs", "The newest jobs, in CoopMine's manner", tagCoopMine), adit.ScopeRead,
		func(ctx context.Context, actor adit.Actor, _ *none) (*answer[[]body.CoopMineJob], error) {
			return asked(s, func(c view.Source) ([]body.CoopMineJob, error) {
				list, err := c.Jobs(ctx, actor, coopLimit)
				return mineJobs(list), err
			})
		})
	register(s, op("coopmine-shares", http.MethodGet, "/api/shares", "The newest shares, in CoopMine's manner", tagCoopMine), adit.ScopeRead,
		func(ctx context.Context, actor adit.Actor, _ *none) (*answer[[]body.CoopMineShare], error) {
			return asked(s, func(c view.Source) ([]body.CoopMineShare, error) {
				list, err := c.Shares(ctx, actor, view.ShareQuery{Limit: coopLimit})
				return mineShares(list), err
			})
		})
	s.coopSocketRoute()
}

// mineRate is a hashrate in CoopMine's units. Unknown is 0 there.
func mineRate(v *float64) (float64, string) {
	if v == nil {
		return 0, "H/s"
	}
	for _, u := range []struct {
		from float64
		unit string
	}{{1e12, "TH/s"}, {1e9, "GH/s"}, {1e6, "MH/s"}, {1e3, "KH/s"}} {
		if *v >= u.from {
			return *v / u.from, u.unit
		}
	}
	return *v, "H/s"
}

func mineStats(ctx context.Context, actor adit.Actor, c view.Source) (body.CoopMineStats, error) {
	g, err := c.Glance(ctx, actor)
	if err != nil {
		return body.CoopMineStats{}, err
	}
	list, err := c.Members(ctx, actor)
	rate, unit := mineRate(g.Hashrate.Minute)
	return body.CoopMineStats{
		ClusterID: g.ID, ClusterName: g.Name, WorkersOnline: g.Members.Online, WorkersTotal: g.Members.Total,
		TotalHashrate: rate, HashrateUnit: unit, SharesValid: g.Shares.Accepted, SharesInvalid: g.Shares.Stale + g.Shares.Rejected,
		BlocksFound: g.BlocksFound, Uptime: int64(g.At.Sub(g.StartedAt).Seconds()), LastBlockTime: unix(g.LastBlockAt),
		PoolConnected: g.Connected(), Workers: mineWorkers(list),
	}, err
}

func unix(t *time.Time) int64 {
	if t == nil {
		return 0
	}
	return t.Unix()
}

// mineStatus is a status among CoopMine's three.
func mineStatus(status string) string {
	if status == view.Suspended {
		return view.Offline
	}
	return status
}

func mineWorkers(list []view.Member) []body.CoopMineWorker {
	out := make([]body.CoopMineWorker, 0, len(list))
	for _, m := range list {
		w := body.CoopMineWorker{ID: m.ID, Name: m.Name, Status: mineStatus(m.Status), Shares: m.Shares.Accepted, LastSeen: unix(m.LastSeenAt)}
		if m.Hashrate.Minute != nil {
			w.Hashrate = *m.Hashrate.Minute
		}
		out = append(out, w)
	}
	return out
}

func mineWorker(m view.MemberDetail) body.CoopMineWorkerDetail {
	rate, unit := mineRate(m.Hashrate.Minute)
	out := body.CoopMineWorkerDetail{
		ID: m.ID, Name: m.Name, Status: mineStatus(m.Status), Hashrate: rate, HashrateUnit: unit,
		SharesValid: m.Shares.Accepted, SharesInvalid: m.Shares.Stale + m.Shares.Rejected,
		ConnectedAt: unix(m.ConnectedAt), LastSeenAt: unix(m.LastSeenAt), LastShareAt: unix(m.LastShareAt), CurrentJobID: m.JobID,
	}
	if m.Threads != nil {
		out.Threads = *m.Threads
	}
	if m.Slot != nil {
		out.ExtraNonce = *m.Slot
	}
	return out
}

func mineJobs(list []view.Job) []body.CoopMineJob {
	out := make([]body.CoopMineJob, 0, len(list))
	for _, j := range list {
		x := body.CoopMineJob{ID: j.ID, Algorithm: j.Algorithm, Difficulty: j.Share, ReceivedAt: j.At.Unix(), CleanJobs: j.Clean, Active: j.EndedAt == nil,
			SharesValid: j.Accepted, SharesInvalid: j.Rejected, SeedHash: cellText(j.Seed)}
		if j.Height != nil {
			x.Height = *j.Height
		}
		if j.Network != nil {
			x.NetworkDifficulty = *j.Network
		}
		out = append(out, x)
	}
	return out
}

func mineShares(list []view.Share) []body.CoopMineShare {
	out := make([]body.CoopMineShare, 0, len(list))
	for _, x := range list {
		y := body.CoopMineShare{WorkerID: x.Member, WorkerName: x.Name, JobID: x.JobID, Difficulty: x.Difficulty, Status: "invalid", Reason: x.Reason,
			IsBlock: x.Block, SubmittedAt: x.At.Unix()}
		switch o := adit.ShareOutcome(x.Outcome); {
		case o.Accepted():
			y.Status = "valid"
		case o == adit.ShareStale:
			y.Status = "stale"
		}
		if x.Height != nil {
			y.Height = *x.Height
		}
		out = append(out, y)
	}
	return out
}
