package api

import (
	"context"
	"mime"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/fleet/backup"
)

func (s *server) backupRoutes() {
	get := op("backup", http.MethodGet, "/api/v1/backup", "A backup of everything adit remembers, as .tar.gz", tagOwn)
	get.Description = "It holds the token of this adit and the secrets of profiles: keep it like a password. `adit restore FILE` puts it back."
	get.Responses = map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
		"application/gzip": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}}
	register(s, get, adit.ScopeOwner, s.backup)
	register(s, op("backup-status", http.MethodGet, "/api/v1/backup/status", "When the last backup was made, and how big one would be", tagOwn),
		adit.ScopeRead, s.backupStatus)
}

// backupInput is the input of a backup.
type backupInput struct {
	History bool `query:"history" doc:"whether the time series come too; absent: no"`
}

func noBackup() error { return adit.Errorf(adit.Unsupported, "this adit makes no backups") }

func (s *server) backup(ctx context.Context, actor adit.Actor, in *backupInput) (*huma.StreamResponse, error) {
	if s.Backup == nil {
		return nil, noBackup()
	}
	job, err := s.Backup.Prepare(ctx, actor, in.History)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(out huma.Context) { s.sendBackup(out, job) }}, nil
}

// sendBackup cuts the connection where the archive could not be sent whole, so that nobody takes half of one for it.
func (s *server) sendBackup(out huma.Context, job *backup.Job) {
	defer func() {
		if err := job.Close(); err != nil {
			s.Log.Warn("the copies of a backup cannot be removed", "err", err)
		}
	}()
	out.SetHeader("Content-Type", "application/gzip")
	out.SetHeader("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": job.Name()}))
	to := patient{w: out.BodyWriter()}
	if w, ok := to.w.(http.ResponseWriter); ok {
		to.c = http.NewResponseController(w)
	}
	defer to.done()
	if err := job.Send(out.Context(), to); err != nil {
		s.Log.Warn("a backup was not sent whole", "err", err)
		panic(http.ErrAbortHandler)
	}
}

func (s *server) backupStatus(ctx context.Context, actor adit.Actor, _ *none) (*answer[body.BackupStatus], error) {
	if s.Backup == nil {
		return nil, noBackup()
	}
	st, err := s.Backup.Status(ctx, actor)
	if err != nil {
		return nil, err
	}
	out := body.BackupStatus{DatabaseBytes: st.DatabaseBytes, HistoryBytes: st.HistoryBytes, Copies: []body.DatabaseCopy{}}
	if r := st.Last; r != nil {
		out.Last = &body.BackupRecord{At: r.At, Bytes: r.Bytes, History: r.History, By: r.By}
	}
	for _, c := range st.Copies {
		out.Copies = append(out.Copies, body.DatabaseCopy{Schema: c.Schema, At: c.At, Bytes: c.Bytes})
	}
	return give(out, nil)
}
