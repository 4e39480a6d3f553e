package proc

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/adit-mining/adit"
)

// The protocol between shim and agent: each side first sends one hello, then the agent sends requests and the shim
// answers them by id and pushes events. Every message is one line of JSON. Raise Protocol when a message changes its
// meaning; raise MinProtocol only to drop shims that are older than one release, because an upgraded adit must adopt
// the shims of the version before it.
const (
	Protocol    = 1
	MinProtocol = 1
)

const (
	maxRequest = 256 << 10 // bytes of one line to the shim
	maxReply   = 1 << 20   // bytes of one line from the shim
	maxMeta    = 64 << 10
	maxStdin   = 64 << 10
	maxReason  = 1 << 10
	maxGarbage = 8 // lines that are no request before the shim hangs up
)

// The operations.
const (
	opAttach     = "attach"     // this connection is an agent: presence, and status events
	opPing       = "ping"       // proves that the agent lives
	opStatus     = "status"     //
	opStop       = "stop"       // end the program, then the shim
	opRestart    = "restart"    // counts against the budget
	opQuarantine = "quarantine" // stop and do not start again until released
	opRelease    = "release"    // from quarantine or back-off
	opLogs       = "logs"       // one page
	opFollow     = "follow"     // lines as events, from now on
	opStdin      = "stdin"      //
	opUpdate     = "update"     // change parts of the spec
)

const (
	eventStatus = "status"
	eventLines  = "lines"
)

// hello is the first line of each side. An agent leaves the program's fields empty.
type hello struct {
	Protocol    int    `json:"protocol"`
	MinProtocol int    `json:"minProtocol"`
	Version     string `json:"version"`
	Name        string `json:"name,omitempty"`
	ID          string `json:"id,omitempty"`
	PID         int    `json:"pid,omitempty"`
	Child       *ident `json:"child,omitempty"` // nil = the program is not running
}

type request struct {
	ID   uint64          `json:"id"`
	Op   string          `json:"op"`
	Args json.RawMessage `json:"args,omitempty"`
}

type message struct {
	Hello  *hello          `json:"hello,omitempty"`
	ID     uint64          `json:"id,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  *wireError      `json:"error,omitempty"`
	Event  string          `json:"event,omitempty"`
}

type wireError struct {
	Code  adit.Code `json:"code"`
	Field string    `json:"field,omitempty"`
	Words string    `json:"words"`
}

func toWire(err error) *wireError {
	w := &wireError{Code: adit.CodeOf(err), Words: err.Error()}
	var e *adit.Error
	if errors.As(err, &e) {
		w.Field = e.Field
	}
	return w
}

func (w *wireError) err() error { return &adit.Error{Code: w.Code, Field: w.Field, Msg: w.Words} }

type reasonArgs struct {
	Reason string `json:"reason"`
}

type logsArgs struct {
	After uint64 `json:"after"`           // lines with a greater sequence number
	Limit int    `json:"limit,omitempty"` // at most; 0 = all that fit
}

type logsReply struct {
	Lines []Line `json:"lines"`
	More  bool   `json:"more,omitempty"` // ask again after the last line
}

type stdinArgs struct {
	Data []byte `json:"data"`
}

// Change is what Update may alter in a running spec; nil fields stay as they are.
type Change struct {
	Meta   json.RawMessage `json:"meta,omitempty"`
	Guards *Guards         `json:"guards,omitempty"`
}

// agree returns the protocol both sides speak.
func agree(mine, theirs hello) (int, error) {
	p := min(mine.Protocol, theirs.Protocol)
	if theirs.Protocol < theirs.MinProtocol || theirs.MinProtocol < 1 {
		return 0, adit.Errorf(adit.Invalid, "the other side offers the protocols %d to %d, which is no range", theirs.MinProtocol, theirs.Protocol)
	}
	if p < mine.MinProtocol || p < theirs.MinProtocol {
		return 0, adit.Errorf(adit.Unsupported, "adit %s speaks the shim protocols %d to %d, the other side (adit %s) speaks %d to %d",
			mine.Version, mine.MinProtocol, mine.Protocol, theirs.Version, theirs.MinProtocol, theirs.Protocol)
	}
	return p, nil
}

var errLineTooLong = errors.New("line is too long")

// readLine reads one line of at most max bytes, without its end. A line that is too long ends the conversation:
// errLineTooLong. A half-sent last line is io.ErrUnexpectedEOF.
func readLine(r *bufio.Reader, max int) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) > max+1 {
			return nil, errLineTooLong
		}
		line = append(line, part...)
		switch {
		case err == nil:
			return bytes.TrimRight(line, "\r\n"), nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(line) > 0:
			return nil, io.ErrUnexpectedEOF
		default:
			return nil, err
		}
	}
}

// parseRequest reads a request line; the error is for the sender.
func parseRequest(line []byte) (request, error) {
	var r request
	if err := json.Unmarshal(line, &r); err != nil {
		return r, adit.Errorf(adit.Invalid, "not a request: %w", err)
	}
	if r.Op == "" {
		return r, adit.InvalidField("op", "is missing")
	}
	return r, nil
}

// decodeArgs reads the arguments of an operation into v.
func decodeArgs(r request, v any) error {
	if len(r.Args) == 0 {
		return nil
	}
	if err := json.Unmarshal(r.Args, v); err != nil {
		return adit.InvalidField("args", "of %q cannot be read: %v", r.Op, err)
	}
	return nil
}

func encodeLine(v any, max int) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	if len(b) > max {
		return nil, fmt.Errorf("%w: %d bytes", errLineTooLong, len(b))
	}
	return append(b, '\n'), nil
}
