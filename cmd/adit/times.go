package main

import (
	"fmt"
	"path/filepath"
	"time"
)

// askLimit is how long a command waits for the server.
const askLimit = 30 * time.Second

func absolute(p string) (string, error) { return filepath.Abs(p) }

// span writes a length of time the way people say it: "3 s", "12 min", "4 h 5 min", "2 d 3 h".
func span(d time.Duration) string {
	d = d.Round(time.Second)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 24*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d d %d h", int(d.Hours())/24, int(d.Hours())%24)
}

func seconds(f float64) string { return span(time.Duration(f * float64(time.Second))) }

func ago(t time.Time) string { return span(max(0, time.Since(t))) + " ago" }
