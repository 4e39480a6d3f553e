package monerod

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/adit-mining/adit/internal/badline"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, badline.Leftovers()...) }
