package app

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/adit-mining/adit/coop/worker"
)

// workerHealth is GET /health of a worker, on loopback: what a container's or a monitor's check wants to know.
type workerHealth struct {
	Health string `json:"status"` // "healthy": with the coordinator; "unhealthy": not
	worker.Status
}

func (w *CrewWorker) serveHealth(ctx context.Context) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(rw http.ResponseWriter, r *http.Request) {
		st := w.worker.Status()
		h, code := workerHealth{"healthy", st}, http.StatusOK
		if !st.Connected {
			h.Health, code = "unhealthy", http.StatusServiceUnavailable
		}
		rw.Header().Set("Content-Type", "application/json")
		rw.WriteHeader(code)
		_ = json.NewEncoder(rw).Encode(h)
	})
	s := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, MaxHeaderBytes: 16 << 10}
	done := make(chan error, 1)
	go func() { done <- s.Serve(w.health) }()
	select {
	case err := <-done:
		if !errors.Is(err, http.ErrServerClosed) {
			w.o.Log.Warn("the health page is not served any more", "err", err)
		}
		return
	case <-ctx.Done():
	}
	_ = s.Close()
	<-done
}
