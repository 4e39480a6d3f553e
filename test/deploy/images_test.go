//go:build linux && e2e

package deploy

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// base is a Debian of today, kept between runs: making it takes a minute or more.
func base(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(cache, "adit-test", "debian-12-base.tar")
	if st, err := os.Stat(path); err == nil && time.Since(st.ModTime()) < 7*24*time.Hour {
		return path
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	making := path + ".part.tar"
	defer os.Remove(making)
	out, err := exec.CommandContext(t.Context(), "mmdebstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", making).CombinedOutput()
	if err != nil {
		t.Skipf("mmdebstrap makes no base here, so the images are only parsed: %v\n%s", err, out)
	}
	if err := os.Rename(making, path); err != nil {
		t.Fatal(err)
	}
	return path
}

// builder is buildah with storage of its own, without a daemon and without a user namespace.
type builder struct {
	t   *testing.T
	dir string
}

func (b builder) run(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(b.t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "buildah", append([]string{"--root", filepath.Join(b.dir, "root"), "--runroot", filepath.Join(b.dir, "run")}, args...)...)
	cmd.Env = append(os.Environ(), "STORAGE_DRIVER=vfs", "BUILDAH_ISOLATION=chroot")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (b builder) must(args ...string) string {
	b.t.Helper()
	out, err := b.run(args...)
	if err != nil {
		b.t.Fatalf("buildah %s: %v\n%s", args[0], err, out)
	}
	return strings.TrimSpace(out)
}

// TestRealImages builds both images from the built programs and runs them: unprivileged, with a RandomX that works, a
// coordinator that leads, and a worker that does nothing without its owner's word.
func TestRealImages(t *testing.T) {
	bin := os.Getenv("ADIT_BIN")
	if _, err := os.Stat(filepath.Join(bin, "adit-miner")); bin == "" || err != nil {
		t.Skip("ADIT_BIN does not name a folder with adit-miner: the images are only parsed")
	}
	for _, p := range []string{"buildah", "mmdebstrap"} {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("%s is not here: the images are only parsed", p)
		}
	}
	if os.Geteuid() != 0 {
		t.Skip("buildah's chroot needs root here: the images are only parsed")
	}
	b := builder{t, t.TempDir()}
	scratch, err := b.run("from", "scratch")
	if err != nil {
		t.Skipf("buildah does not run here, so the images are only parsed: %v\n%s", err, scratch)
	}
	b.must("add", strings.TrimSpace(scratch), base(t), "/")
	b.must("commit", "-q", strings.TrimSpace(scratch), "adit-base")

	place := t.TempDir()
	for _, p := range []string{"adit", "adit-miner"} {
		if err := os.MkdirAll(filepath.Join(place, "bin"), 0o755); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.CommandContext(t.Context(), "cp", filepath.Join(bin, p), filepath.Join(place, "bin", p)).CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
	}
	for _, role := range []string{"coordinator", "worker"} {
		file, err := filepath.Abs(filepath.Join("..", "..", "deploy", "Dockerfile."+role))
		if err != nil {
			t.Fatal(err)
		}
		out, err := b.run("bud", "--network", "host", "--format", "docker", "--build-arg", "BASE=localhost/adit-base", "-t", "adit-"+role, "-f", file, place)
		if err != nil && strings.Contains(out, "Temporary failure resolving") {
			t.Skip("there is no network to install librandomx0 from, so the images are only parsed")
		}
		if err != nil {
			t.Fatalf("the %s's image: %v\n%s", role, err, out)
		}
		c := b.must("from", "localhost/adit-"+role)
		if got := b.must("run", c, "--", "id", "-u"); got != "990" {
			t.Errorf("the %s runs as user %s", role, got)
		}
		if got := b.must("run", c, "--", "adit-miner", "version"); !strings.Contains(got, "RandomX: true") {
			t.Errorf("the %s's engine: %s", role, got)
		}
		if out, err := b.run("run", c, "--", "adit", "worker"); err == nil || !strings.Contains(out, "ADIT_CONSENT=yes") {
			t.Errorf("the %s mines without its owner's word: %v\n%s", role, err, out)
		}
		if role == "coordinator" {
			script := "adit pki init >/dev/null && exec timeout 8 adit coordinator --pool-address practice: --grpc-listen 127.0.0.1:0 --stratum-listen 127.0.0.1:0 --dashboard-listen 127.0.0.1:0"
			if out, _ := b.run("run", c, "--", "sh", "-c", script); !strings.Contains(out, "leads the crew") {
				t.Errorf("the coordinator does not lead: %s", out)
			}
		}
	}
}
