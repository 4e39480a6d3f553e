package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestManualPages: one for every command that people see, rendered by man without a complaint.
func TestManualPages(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var out, errs bytes.Buffer
	env := func(k string) string {
		if k == "SOURCE_DATE_EPOCH" {
			return "1795262400"
		}
		return ""
	}
	c := &cli{args: []string{"man", dir}, in: strings.NewReader(""), out: &out, err: &errs, env: env}
	if code := Main(context.Background(), c); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	pages, err := filepath.Glob(filepath.Join(dir, "*.1"))
	if err != nil || len(pages) < 25 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	man, missing := exec.LookPath("man")
	for _, p := range pages {
		b, err := os.ReadFile(p)
		if err != nil || !strings.Contains(string(b), "Nov 2026") {
			t.Errorf("%s: %v, its date is not that of the sources", filepath.Base(p), err)
		}
		if strings.Contains(p, "shim") {
			t.Errorf("%s is not for people", p)
		}
	}
	if missing != nil {
		t.Log("man is not here: the pages are not rendered")
		return
	}
	for _, name := range []string{"adit.1", "adit-service-install.1", "adit-restore.1"} {
		cmd := exec.CommandContext(t.Context(), man, "--warnings", "-E", "UTF-8", "-l", filepath.Join(dir, name))
		cmd.Env = append(os.Environ(), "MANWIDTH=100", "LC_ALL=C.UTF-8", "MAN_KEEP_FORMATTING=", "PAGER=cat")
		var complaints bytes.Buffer
		cmd.Stderr = &complaints
		text, err := cmd.Output()
		if err != nil || complaints.Len() > 0 || !strings.Contains(string(text), "SYNOPSIS") || !strings.Contains(string(text), "EXAMPLE") {
			t.Errorf("%s: %v %s\n%s", name, err, complaints.String(), text)
		}
	}
}

// TestEveryVerbHasAnExample: of what people see, each command that does something shows how.
func TestEveryVerbHasAnExample(t *testing.T) {
	t.Parallel()
	c := &cli{env: func(string) string { return "" }}
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		generated := cmd.Name() == "help" || strings.HasPrefix(cmd.CommandPath(), "adit completion")
		flags := cmd.HasAvailableLocalFlags() || strings.Contains(cmd.Use, " ")
		if !cmd.Hidden && !generated && cmd.Runnable() && flags && cmd.Example == "" {
			t.Errorf("%s shows no example", cmd.CommandPath())
		}
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(c.root())
}

// TestCompletionScripts: the three shells take the scripts, where the shells are here.
func TestCompletionScripts(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"bash", "zsh", "fish"} {
		var out, errs bytes.Buffer
		c := &cli{args: []string{"completion", shell}, in: strings.NewReader(""), out: &out, err: &errs, env: func(string) string { return "" }}
		if code := Main(context.Background(), c); code != 0 || out.Len() < 500 || !strings.Contains(out.String(), "adit") {
			t.Fatalf("%s: exit code %d, %d bytes, %s", shell, code, out.Len(), errs.String())
		}
		path, err := exec.LookPath(shell)
		if err != nil {
			t.Logf("%s is not here: its script is not parsed", shell)
			continue
		}
		cmd := exec.CommandContext(t.Context(), path, "-n")
		cmd.Stdin = &out
		if said, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s does not take its script: %v\n%s", shell, err, said)
		}
	}
}
