package ledger

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/adit-mining/adit/internal/badline"
)

func TestMain(m *testing.M) {
	if role := os.Getenv("ADIT_LEDGER_CHILD"); role != "" {
		os.Exit(child(role))
	}
	goleak.VerifyTestMain(m, badline.Leftovers()...)
}
