package api

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/fleet/backup"
	"github.com/adit-mining/adit/link/wire"
)

// TestBackupOverREST: the owner gets one whole archive as a download, nobody else gets any; the last one is remembered.
func TestBackupOverREST(t *testing.T) {
	h, ctx := openHub(t), t.Context()
	if st, err := h.client.BackupStatus(ctx); err != nil || st.Last != nil || st.HistoryBytes == nil {
		t.Errorf("before: %+v, %v", st, err)
	}
	for _, history := range []bool{false, true} {
		var b bytes.Buffer
		must(t, h.client.Backup(ctx, history, &b))
		file := filepath.Join(t.TempDir(), "b.tar.gz")
		must(t, os.WriteFile(file, b.Bytes(), 0o600))
		m, err := backup.Check(file)
		if err != nil || m.History != history {
			t.Errorf("history %v: %+v, %v", history, m, err)
		}
		st, err := h.client.BackupStatus(ctx)
		if err != nil || st.Last == nil || st.Last.Bytes != int64(b.Len()) || st.Last.History != history {
			t.Errorf("after: %+v, %v", st, err)
		}
	}
	status, header, _ := h.request(http.MethodGet, "/api/v1/backup", "", h.asOwner)
	if status != http.StatusOK || header.Get("Content-Type") != "application/gzip" || !strings.HasPrefix(header.Get("Content-Disposition"), "attachment; filename=adit-backup-") {
		t.Errorf("%d %v", status, header)
	}
	if status, _, _ := h.request(http.MethodGet, "/api/v1/backup", ""); status != http.StatusUnauthorized {
		t.Errorf("nobody gets %d", status)
	}
	if status, _, text := h.request(http.MethodGet, "/api/v1/backup?history=perhaps", "", h.asOwner); status != http.StatusBadRequest {
		t.Errorf("a wrong word: %d %s", status, text)
	}
}

// TestStartAgainOverREST: the order reaches the agent; for practice, practice is there before.
func TestStartAgainOverREST(t *testing.T) {
	h, ctx := openHub(t), t.Context()
	must(t, h.client.StartAgain(ctx, "rig1", "m"))
	must(t, h.client.StartAgain(ctx, "rig1", "practice"))
	h.agent.mu.Lock()
	defer h.agent.mu.Unlock()
	var got []string
	for _, o := range h.agent.orders {
		if o.Verb == wire.VerbAgain {
			got = append(got, o.Device+" "+string(o.Args))
		}
	}
	if len(got) != 2 || got[0] != "m " || !strings.Contains(got[1], "stratum+tcp://127.0.0.1:4242") {
		t.Errorf("orders %q", got)
	}
	if err := h.client.StartAgain(ctx, "rig1", "no such name at all"); adit.CodeOf(err) == "" {
		t.Errorf("a name that cannot be: %v", err)
	}
}
