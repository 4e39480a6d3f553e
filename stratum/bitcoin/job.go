package bitcoin

// Job is mining.notify, with the place of the extranonce that goes with it.
//
// The coinbase transaction is Coinbase1 | Extranonce1 | extranonce2 | Coinbase2; the merkle root is its sha256d, hashed
// on with each branch. Source: Stratum V1 as node-stratum-pool and ckpool speak it; vectors/stratum-v1-e2e.json.
type Job struct {
	ID              string
	PrevHash        [32]byte // in the order of the header (the wire's has every four bytes reversed)
	Coinbase1       []byte
	Coinbase2       []byte
	Branches        [][32]byte
	Version         uint32
	Bits            uint32 // compact network target, as in the header
	Time            uint32 // seconds since 1970; a share's may be later, see Share
	Clean           bool   // older work no longer counts
	Extranonce1     []byte // fixed by who issued the job; empty where the coinbase is our own
	Extranonce2Size int    // bytes that may be searched
	VersionMask     uint32 // bits of Version that may be rolled (BIP310); 0 = none
}

// Share is a solution of a Job, as mining.submit carries it.
type Share struct {
	JobID       string
	Extranonce2 []byte // Job.Extranonce2Size bytes
	Time        uint32
	Nonce       uint32
	VersionBits uint32 // bits within the mask, 0 where nothing is rolled

	// VersionMask is what its miner may roll, as negotiated: within it VersionBits replace the job's bits, even where they
	// are 0. 0 = the miner does not roll; with VersionBits beside it, the job's own mask.
	VersionMask uint32
}
