package ui

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"
)

func TestIndexIsServable(t *testing.T) {
	b, err := fs.ReadFile(Files(), "index.html")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), "<title>") {
		t.Error("index.html has no title")
	}
}

// A page of ours works with no network and under a policy that allows no
// scripts in the page itself.
func TestPagesLoadNothingFromElsewhere(t *testing.T) {
	foreign := regexp.MustCompile(`(?i)(src|href)="(https?:)?//`)
	inline := regexp.MustCompile(`(?i)<script>|<script [^>]*>[^<]|\son[a-z]+="`)
	err := fs.WalkDir(Files(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".html") {
			return err
		}
		b, err := fs.ReadFile(Files(), path)
		if err != nil {
			return err
		}
		if m := foreign.Find(b); m != nil {
			t.Errorf("%s loads from elsewhere: %s", path, m)
		}
		if m := inline.Find(b); m != nil {
			t.Errorf("%s has a script in the page: %s", path, m)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Nothing that fakes data may reach a program.
func TestNoMockInside(t *testing.T) {
	err := fs.WalkDir(Files(), ".", func(path string, _ fs.DirEntry, err error) error {
		if strings.Contains(path, "mock") || strings.HasSuffix(path, ".map") {
			t.Errorf("%s must not be embedded", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestPlaceholderSaysWhatToDo(t *testing.T) {
	if Built() {
		t.Skip("built with the tag ui: the placeholder is not in this program")
	}
	b, err := fs.ReadFile(Files(), "index.html")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), "make build") {
		t.Error("the placeholder does not say how to get the web app")
	}
}
