package deploy

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/adit-mining/adit/coop/config"
)

func deployed(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "deploy", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// instruction is one of a Dockerfile.
type instruction struct{ word, rest string }

// dockerfile reads instructions with their continued lines, without comments.
func dockerfile(text string) (out []instruction) {
	var line string
	for l := range strings.SplitSeq(text, "\n") {
		l = strings.TrimSpace(l)
		if l == "" || strings.HasPrefix(l, "#") {
			continue
		}
		if part, more := strings.CutSuffix(l, `\`); more {
			line += part
			continue
		}
		word, rest, _ := strings.Cut(line+l, " ")
		out = append(out, instruction{strings.ToUpper(word), strings.TrimSpace(rest)})
		line = ""
	}
	return out
}

// ports are those that configurations name where nothing is said.
func ports() (all []string) {
	c := config.DefaultCoordinator()
	for _, l := range []string{c.GRPC.Listen, c.Stratum.Listen} {
		_, p, _ := net.SplitHostPort(l)
		all = append(all, p)
	}
	return all
}

// TestDockerfiles: Debian with librandomx0, our programs and nothing else of ours, nobody's rights, and no word of consent.
func TestDockerfiles(t *testing.T) {
	for name, command := range map[string]string{"Dockerfile.coordinator": `["coordinator"]`, "Dockerfile.worker": `["worker"]`} {
		got := map[string][]string{}
		for _, i := range dockerfile(deployed(t, name)) {
			got[i.word] = append(got[i.word], i.rest)
		}
		want := map[string][]string{
			"ARG": {"BASE=debian:12-slim"}, "FROM": {"${BASE}"}, "COPY": {"bin/adit bin/adit-miner /usr/local/bin/"}, "USER": {"990:990"},
			"ENTRYPOINT": {`["/usr/local/bin/adit"]`}, "CMD": {command}, "VOLUME": {"/var/lib/adit"}, "STOPSIGNAL": {"SIGTERM"},
		}
		for word, lines := range want {
			if !slices.Equal(got[word], lines) {
				t.Errorf("%s: %s is %q, want %q", name, word, got[word], lines)
			}
		}
		if len(got["RUN"]) != 1 || !strings.Contains(got["RUN"][0], "librandomx0") {
			t.Errorf("%s runs %q", name, got["RUN"])
		}
		if text := strings.Join(append(got["ENV"], got["CMD"]...), " "); strings.Contains(text, "ADIT_CONSENT") || strings.Contains(text, "own-this-machine") {
			t.Errorf("%s gives consent itself: %s", name, text)
		}
		if text := strings.Join(got["ENV"], " "); strings.Contains(command, "coordinator") {
			for _, p := range ports() { // by itself it listens on loopback alone, which nobody could reach in there
				if !strings.Contains(text, "_LISTEN=:"+p) {
					t.Errorf("%s does not open port %s: %s", name, p, text)
				}
			}
		}
		if e := strings.Fields(strings.Join(got["EXPOSE"], " ")); strings.Contains(command, "coordinator") && !slices.Equal(e, ports()) || strings.Contains(command, "worker") && len(e) > 0 {
			t.Errorf("%s exposes %v", name, e)
		}
	}
}

type composeFile struct {
	Services map[string]struct {
		Ports       []string
		Environment map[string]string
		ReadOnly    bool     `yaml:"read_only"`
		CapDrop     []string `yaml:"cap_drop"`
		SecurityOpt []string `yaml:"security_opt"`
		Init        bool
		Privileged  bool
		Build       struct{ Context, Dockerfile string }
	}
	Volumes map[string]any
}

// TestCompose: members' ports and no other are published, every variable means something, and consent is the owner's.
func TestCompose(t *testing.T) {
	var f composeFile
	if err := yaml.Unmarshal([]byte(deployed(t, "compose.yaml")), &f); err != nil {
		t.Fatal(err)
	}
	value := regexp.MustCompile(`\$\{[A-Z_]+(?::-([^}]*))?\}`)
	for name, s := range f.Services {
		if !s.ReadOnly || s.Privileged || !s.Init || !slices.Equal(s.CapDrop, []string{"ALL"}) || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
			t.Errorf("%s has more rights than it needs", name)
		}
		if _, err := os.Stat(filepath.Join("..", "..", "deploy", s.Build.Context, s.Build.Dockerfile)); err != nil {
			t.Error(err)
		}
		var env []string
		for k, v := range s.Environment {
			env = append(env, k+"="+value.ReplaceAllString(v, "$1"))
		}
		_, warnings, err := config.Check(name, config.Source{Environ: env})
		if err != nil || len(warnings) > 0 {
			t.Errorf("%s: %v, %v", name, err, warnings)
		}
	}
	var want []string
	for _, p := range ports() {
		want = append(want, p+":"+p)
	}
	if got := f.Services["coordinator"].Ports; !slices.Equal(got, want) {
		t.Errorf("published are %v, want %v", got, want)
	}
	w := f.Services["worker"]
	if len(w.Ports) > 0 || w.Environment["ADIT_CONSENT"] != "${ADIT_CONSENT:-}" || len(f.Services) != 2 {
		t.Errorf("worker %+v", w)
	}
}

// TestCrewUnits: systemd finds no fault with the units, how much they leave open is bounded, and their commands are adit's.
func TestCrewUnits(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not here: the units are not checked by systemd")
	}
	for name, words := range map[string]string{"adit-coordinator.service": "coordinator --service", "adit-worker@.service": "worker --service --worker-id %i"} {
		text := deployed(t, name)
		if !strings.Contains(text, "ExecStart=/usr/local/bin/adit "+words) {
			t.Errorf("%s does not start %q", name, words)
		}
		dir := t.TempDir()
		path := filepath.Join(dir, strings.Replace(name, "@", "@shed", 1))
		for _, p := range []string{path, filepath.Join(dir, name)} {
			if err := os.WriteFile(p, []byte(strings.ReplaceAll(text, "/usr/local/bin/adit", "/usr/bin/true")), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.CommandContext(t.Context(), analyze, "verify", "--man=no", path)
		cmd.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+dir)
		if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), dir) {
			t.Errorf("verify: %v\n%s", err, out)
		}
		out, err := exec.CommandContext(t.Context(), analyze, "security", "--offline=true", "--no-pager", path).CombinedOutput()
		m := regexp.MustCompile(`Overall exposure level[^:]*: ([0-9.]+)`).FindSubmatch(out)
		if err != nil || m == nil {
			t.Fatalf("security: %v\n%s", err, out)
		}
		if score, err := strconv.ParseFloat(string(m[1]), 64); err != nil || score > 2.5 {
			t.Errorf("%s: exposure %s of 10\n%s", name, m[1], out)
		} else {
			t.Logf("%s: exposure %.1f of 10", name, score)
		}
	}
}
