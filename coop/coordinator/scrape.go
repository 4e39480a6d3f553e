package coordinator

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"
)

// openMetrics binds the listener that serves metrics alone.
func (c *Coordinator) openMetrics(ctx context.Context) (err error) {
	m, d := c.o.Config.Metrics, &c.doors
	if !m.Enabled || m.Listen == "" || c.o.People == nil {
		return nil
	}
	d.metricsPath = m.Path
	d.metrics, err = listen(ctx, "metrics.listen", m.Listen)
	return err
}

// scrape answers at one path with people's /metrics, which asks for a token: that somebody is on this computer says not who
// it is.
func scrape(path string, people http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != path {
			http.Error(w, "metrics are at "+path, http.StatusNotFound)
			return
		}
		r = r.Clone(r.Context())
		r.URL.Path, r.URL.RawPath, r.RequestURI = "/metrics", "", "/metrics"
		people.ServeHTTP(w, r)
	})
}

const scrapeTime = 10 * time.Second

// serveMetrics works until ctx ends.
func (c *Coordinator) serveMetrics(ctx context.Context) error {
	srv := &http.Server{
		Handler: scrape(c.doors.metricsPath, c.o.People), ReadHeaderTimeout: scrapeTime, ReadTimeout: scrapeTime,
		WriteTimeout: 2 * scrapeTime, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(c.o.Log.Handler(), slog.LevelDebug),
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(c.doors.metrics) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	calm, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	err := srv.Shutdown(calm)
	if errors.Is(err, context.DeadlineExceeded) {
		err = srv.Close()
	}
	<-ended
	return err
}
