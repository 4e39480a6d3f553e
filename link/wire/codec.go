package wire

import (
	"encoding/json"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/adit-mining/adit"
)

// A frame is one protocol-buffer message; fields are never renumbered, unknown ones are skipped:
//
//	1 version varint · 2 rig · 3 epoch · 4 seq varint · 5 kind varint · 6 body
//
// body of a schema: 1 id varint, 2 column (1 device, 2 metric) repeated
// body of a batch:  1 schema varint, 2 unix milliseconds sint64, 3 packed doubles
// body of facts, rig facts, events and jobs: JSON
const (
	fieldVersion protowire.Number = 1
	fieldRig     protowire.Number = 2
	fieldEpoch   protowire.Number = 3
	fieldSeq     protowire.Number = 4
	fieldKind    protowire.Number = 5
	fieldBody    protowire.Number = 6
)

// Bounds of names inside a frame, in bytes.
const (
	maxEpoch  = 64
	maxDevice = 160
	maxMetric = 64
)

// Encode writes the frame as version 1 bytes.
func (f Frame) Encode() ([]byte, error) {
	body, err := f.EncodeBody()
	if err != nil {
		return nil, err
	}
	return Envelope(f.Rig, f.Epoch, f.Seq, f.Kind, body)
}

// Envelope puts rig, epoch and number around a body from EncodeBody.
func Envelope(rig adit.RigID, epoch string, seq uint64, kind FrameKind, body []byte) ([]byte, error) {
	b := make([]byte, 0, len(body)+len(rig)+len(epoch)+32)
	b = appendUint(b, fieldVersion, Version)
	b = appendBytes(b, fieldRig, rig)
	b = appendBytes(b, fieldEpoch, epoch)
	b = appendUint(b, fieldSeq, seq)
	b = appendUint(b, fieldKind, uint64(kind))
	b = appendBytes(b, fieldBody, body)
	if len(b) > MaxFrame {
		return nil, adit.Errorf(adit.Invalid, "wire: a frame of %d bytes is over the limit of %d", len(b), MaxFrame)
	}
	return b, nil
}

// EncodeBody writes what the frame's kind carries, without its envelope.
func (f Frame) EncodeBody() ([]byte, error) {
	switch {
	case f.Kind == FrameSchema && f.Schema != nil:
		return f.Schema.encode()
	case f.Kind == FrameBatch && f.Batch != nil:
		return f.Batch.encode()
	case f.Kind == FrameFacts && f.Facts != nil:
		return json.Marshal(f.Facts)
	case f.Kind == FrameRig && f.RigNow != nil:
		return json.Marshal(f.RigNow)
	case f.Kind == FrameEvent && f.Event != nil:
		return json.Marshal(f.Event)
	case f.Kind == FrameInstall && f.Install != nil:
		return json.Marshal(f.Install)
	}
	return nil, adit.Errorf(adit.Internal, "wire: a frame of kind %d carries nothing of that kind", f.Kind)
}

// DecodeFrame reads a frame. Whatever the bytes, it returns a whole frame or an Invalid error, within the package's limits.
func DecodeFrame(b []byte) (Frame, error) {
	if len(b) > MaxFrame {
		return Frame{}, invalid("%d bytes are over the limit of %d", len(b), MaxFrame)
	}
	var f Frame
	var version uint64
	var body []byte
	err := fields(b, func(n protowire.Number, v value) error {
		switch n {
		case fieldVersion:
			version = v.num
		case fieldRig:
			f.Rig = adit.RigID(v.raw)
		case fieldEpoch:
			f.Epoch = string(v.raw)
		case fieldSeq:
			f.Seq = v.num
		case fieldKind:
			if v.num > 255 {
				return invalid("kind %d", v.num)
			}
			f.Kind = FrameKind(v.num)
		case fieldBody:
			body = v.raw
		}
		return nil
	})
	switch {
	case err != nil:
		return Frame{}, err
	case version < MinVersion || version > Version:
		return Frame{}, invalid("version %d; this adit speaks %d to %d", version, MinVersion, Version)
	case !ValidRig(f.Rig):
		return Frame{}, invalid("bad rig id")
	case f.Epoch == "" || len(f.Epoch) > maxEpoch:
		return Frame{}, invalid("bad epoch")
	case f.Seq == 0:
		return Frame{}, invalid("frames are numbered from 1")
	}
	if err := f.DecodeBody(body); err != nil {
		return Frame{}, err
	}
	return f, nil
}

// DecodeBody reads a body into the frame's pointer of its Kind.
func (f *Frame) DecodeBody(body []byte) error {
	switch f.Kind {
	case FrameSchema:
		f.Schema = new(Schema)
		return f.Schema.decode(body)
	case FrameBatch:
		f.Batch = new(Batch)
		return f.Batch.decode(body)
	case FrameFacts:
		return fromJSON(body, &f.Facts)
	case FrameRig:
		return fromJSON(body, &f.RigNow)
	case FrameEvent:
		return fromJSON(body, &f.Event)
	case FrameInstall:
		return fromJSON(body, &f.Install)
	}
	return invalid("unknown kind %d", f.Kind)
}

func fromJSON[T any](b []byte, to **T) error {
	v := new(T)
	if err := json.Unmarshal(b, v); err != nil {
		return &adit.Error{Code: adit.Invalid, Msg: "wire: bad JSON in a frame", Err: err}
	}
	*to = v
	return nil
}

// Marshal writes one of the plain messages (Hello, Welcome, Ack, Alive, Order, Outcome, Query, Answer) as JSON.
func Marshal(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("wire: %w", err)
	}
	if len(b) > MaxFrame {
		return nil, adit.Errorf(adit.Invalid, "wire: a message of %d bytes is over the limit of %d", len(b), MaxFrame)
	}
	return b, nil
}

// Unmarshal reads one of the plain messages; keys it does not know are skipped.
func Unmarshal[T any](b []byte) (T, error) {
	var v T
	if len(b) > MaxFrame {
		return v, invalid("%d bytes are over the limit of %d", len(b), MaxFrame)
	}
	if err := json.Unmarshal(b, &v); err != nil {
		var zero T
		return zero, &adit.Error{Code: adit.Invalid, Msg: "wire: bad JSON in a message", Err: err}
	}
	return v, nil
}

func invalid(format string, args ...any) error {
	return adit.Errorf(adit.Invalid, "wire: bad frame: "+format, args...)
}
