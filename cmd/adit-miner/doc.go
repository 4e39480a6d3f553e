// Command adit-miner is adit's own mining engine: RandomX on CPUs, Stratum up, XMRig-shaped HTTP down. It wires package
// pow to package stratum and holds no rules of its own.
//
//	adit-miner [mine] --pool stratum+tcp://HOST:PORT --user ADDRESS    mine
//	adit-miner [mine] --config FILE                                    the same, secrets off the command line
//	adit-miner verify                                                  hash for others over stdin and stdout
//	adit-miner bench                                                   measure this machine
//	adit-miner version
//
// The configuration file is JSON and should have mode 0600; keys that are XMRig's too mean the same there:
//
//	{
//	  "http":   {"enabled": true, "host": "127.0.0.1", "port": 0, "access-token": "…", "port-file": "api.port"},
//	  "cpu":    {"threads": 2, "affinity": [0, 1], "huge-pages": true, "nice": 19},
//	  "randomx":{"mode": "auto"},
//	  "api":    {"id": null, "worker-id": "rig-1"},
//	  "pools":  [{"url": "stratum+tcp://HOST:PORT", "user": "…", "pass": "x", "rig-id": "…", "nicehash": false,
//	              "keepalive": true, "tls": false, "tls-fingerprint": null}]
//	}
//
// The API binds 127.0.0.1 only and wants "Authorization: Bearer TOKEN": GET /2/summary, GET /2/backends, PUT /2/config
// (new pools, applied without a restart and written back to the file), POST /json_rpc (pause, resume, stop). Port 0, or
// a taken port, means any free one; the one taken is logged and written to the port file.
//
// SIGTERM, SIGINT and SIGHUP end it within two seconds; no time-out ever does.
//
// Start reading at main.go, then mine.go.
package main
