package adit_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/adit-mining/adit/internal/address"
)

// addressLike finds what could be a Monero address: 95 or 106 letters of its base58 alphabet.
var addressLike = regexp.MustCompile(`\b[1-9A-HJ-NP-Za-km-z]{95}(?:[1-9A-HJ-NP-Za-km-z]{11})?\b`)

// bitcoinLike finds what could be an address of Bitcoin's main network or of a coin like it, in base58 or bech32.
var bitcoinLike = regexp.MustCompile(`\b(?:[13F][1-9A-HJ-NP-Za-km-z]{25,34}|(?:bc|syl)1[02-9ac-hj-np-z]{11,71})\b`)

// built reports whether a file is larger than any source: a program that somebody built beside it.
func built(d fs.DirEntry) bool {
	info, err := d.Info()
	return err == nil && info.Size() > 8<<20
}

// TestNoWalletInTheRepository keeps every payable address out: a sample wallet that somebody forgets to change is how
// people come to mine for a stranger. Tests make their addresses at run time.
func TestNoWalletInTheRepository(t *testing.T) {
	skip := []string{"node_modules", ".git", ".cache", "bin", "dist", "test-results"}
	seen := 0
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains(skip, d.Name()):
			return filepath.SkipDir
		case !d.Type().IsRegular() || built(d):
			return nil
		}
		b, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		seen++
		for _, word := range addressLike.FindAllString(string(b), -1) {
			if _, err := address.Check("XMR", word); err == nil {
				t.Errorf("%s holds a payable address: %s…", p, word[:8])
			}
		}
		for _, word := range bitcoinLike.FindAllString(string(b), -1) {
			for _, coin := range []string{"BTC", "SYL"} {
				if _, err := address.CheckMainnet(coin, word); err == nil {
					t.Errorf("%s holds a payable address of %s: %s…", p, coin, word[:8])
				}
			}
		}
		return nil
	})
	if err != nil || seen < 100 {
		t.Fatalf("%d files read: %v", seen, err)
	}
}
