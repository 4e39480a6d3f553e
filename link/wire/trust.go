package wire

import "time"

// The kinds of queries about trust: QuerySecurity is answered by []Finding, QueryConnections by Connections and
// QueryPolicy by PolicyState.
const (
	QuerySecurity    = "security"
	QueryConnections = "connections"
	QueryPolicy      = "policy"
)

// The purposes of a connection.
const (
	PurposePool     = "pool"     // shares and jobs
	PurposeDownload = "download" // a mining program, asked for by a person
	PurposeFeed     = "feed"     // prices, switched on by a person
	PurposeLocal    = "local"    // a browser or a program on this computer or network that asks adit
	PurposeUnknown  = "unknown"  // not known to adit: look at it
)

// Connections is what adit and its programs are connected to outside this computer, at one moment.
type Connections struct {
	At    time.Time    `json:"at"`
	Words string       `json:"words" doc:"what was found, in a sentence"`
	List  []Connection `json:"connections"`
}

// Connection is one socket of adit, a keeper or a mining program whose other end is not this computer.
type Connection struct {
	PID     int    `json:"pid"`
	Process string `json:"process" doc:"name of the process: adit, xmrig"`
	Program string `json:"program" doc:"instance name of the mining program; empty: adit itself"`
	Proto   string `json:"proto" enum:"tcp,tcp6,udp,udp6"`
	State   string `json:"state" doc:"established, connecting, closing; empty for udp"`
	Local   string `json:"local"`
	Remote  string `json:"remote"`
	Purpose string `json:"purpose" enum:"pool,download,feed,local,unknown"`
	Words   string `json:"words" doc:"whose it is and what for"`
}
