// Package scenario reads the stories in coop/payout/testdata: members, shares, blocks and credits in, payouts out. Tests
// play them twice, with the pure functions of coop/payout and with a ledger on disk and its accounts. It is for tests
// only and imports coop and coop/payout. Where to start reading: the words below, then Play.
//
// A line is a verb and words; # begins a comment. Time starts at noon and every share takes a second.
//
//	rule pplns window=2 fee=1%          how money is divided from here on
//	pool                                the crew works for a pool (before the first share)
//	share NAME d=100 D=1000 [n=3] [up | up=refused]
//	everybody 10000 d=5 D=1000          a share each of m00000, m00001 …
//	block NAME d=1000 D=1000 height=7 reward=600
//	settle                              the accounts look at the chain
//	mature 7 | orphan 7 | back 7        what became of it
//	credit 5000                         what the pool paid until now
//	wait 90m | restart | crash          crash leaves half a record behind
//	round 7 fee=6 a=300 b=294           a round, complete: who is not named gets nothing
//	round credit=1 fee=0 a=5000         the first credit's
//	noround 7                           there is none that counts
//	window 0.35                         how full the window is now
//	least a 1000 | pay a=300 | nothing | paid | cancel | balance a=300 b=0 | immature a=5
package scenario
