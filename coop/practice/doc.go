// Package practice is an upstream of our own: a Stratum server (XMR dialect) that hands out RandomX jobs and checks
// every share by hashing. There is no wallet, no chain and no network behind it; the work, the shares and the verdicts
// are real. Any miner of rx/0 can be pointed at it, an unmodified XMRig too.
//
// It may import the root package and stratum. Hashing comes in as a Checker.
//
// Each connection starts at difficulty 100 and is moved towards a share each five seconds. A new job is made each
// minute and with each change of difficulty; shares of the job before it count for five more seconds. The key of the
// RandomX dataset never changes (Seed), so a restart does not cost a miner its dataset.
//
// Start reading at Open and Run; work.go makes jobs, submit.go judges shares, verify.go hashes.
package practice
