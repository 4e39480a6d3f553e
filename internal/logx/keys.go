package logx

import "log/slog"

// The log keys. A new word is added here first, so that one thing has one name in every log.
const (
	KeyErr      = "err"
	KeyRig      = "rig"
	KeyDevice   = "device"
	KeyDriver   = "driver"
	KeyShim     = "shim"
	KeyPID      = "pid"
	KeyPool     = "pool"
	KeyJob      = "job"
	KeyRemote   = "remote"
	KeyListen   = "listen"
	KeySubject  = "subject"
	KeyOrder    = "order"
	KeyActor    = "actor"
	KeyPath     = "path"
	KeyReason   = "reason"
	KeyTook     = "took"
	KeyAttempt  = "attempt"
	KeyVersion  = "version"
	KeySeq      = "seq"
	KeyHashrate = "hashrate"
	KeyState    = "state"
)

// Err is the attribute of an error.
func Err(err error) slog.Attr { return slog.Any(KeyErr, err) }
