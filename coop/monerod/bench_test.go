package monerod_test

import (
	"testing"

	"github.com/adit-mining/adit/coop/monerod"
)

// BenchmarkCut is what one member's blob costs at each new job: of a block with 60 transactions, as mainnet has them.
func BenchmarkCut(b *testing.B) {
	c, err := openFake(b, newDaemon(3000000, 60), monerod.Options{}).Connect(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	cut := c.Work().Blob.Cut
	b.ReportAllocs()
	for i := range b.N {
		cut(uint32(i))
	}
}
