package wire

import (
	"encoding/hex"
	"encoding/json"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/adit-mining/adit"
)

// fill puts drawn values into every field, so that a field added later is tested without a new line here.
func fill(t *rapid.T, v reflect.Value) {
	switch p := v.Addr().Interface().(type) {
	case *time.Time:
		*p = time.UnixMilli(rapid.Int64Range(-1e12, 1e13).Draw(t, "ms")).UTC()
		return
	case *json.RawMessage:
		*p = json.RawMessage(rapid.SampledFrom([]string{`{"a":1}`, `[]`, `"x"`, `7`}).Draw(t, "raw"))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	case reflect.Pointer:
		if rapid.Bool().Draw(t, "set") {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem())
		}
	case reflect.Slice:
		if n := rapid.IntRange(0, 3).Draw(t, "len"); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				fill(t, v.Index(i))
			}
		}
	case reflect.String:
		v.SetString(rapid.StringN(0, 20, 60).Draw(t, "s"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "b"))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, "i"))
	case reflect.Uint64, reflect.Uint32, reflect.Uint8:
		v.SetUint(rapid.Uint64().Draw(t, "u") >> (64 - v.Type().Bits()))
	case reflect.Float64:
		v.SetFloat(rapid.Float64Range(-1e300, 1e300).Draw(t, "f"))
	default:
		t.Fatalf("no generator for %s", v.Type())
	}
}

func roundTrip[T any](t *testing.T) {
	t.Run(reflect.TypeFor[T]().Name(), func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			var in T
			fill(t, reflect.ValueOf(&in).Elem())
			b, err := Marshal(in)
			if err != nil {
				t.Fatal(err)
			}
			out, err := Unmarshal[T](b)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(in, out) {
				t.Fatalf("in  %+v\nout %+v\nvia %s", in, out, b)
			}
		})
	})
}

func TestMessagesRoundTrip(t *testing.T) {
	roundTrip[Hello](t)
	roundTrip[Welcome](t)
	roundTrip[Alive](t)
	roundTrip[Ack](t)
	roundTrip[Order](t)
	roundTrip[Outcome](t)
	roundTrip[StartArgs](t)
	roundTrip[StartResult](t)
	roundTrip[PauseArgs](t)
	roundTrip[PoolsArgs](t)
	roundTrip[ConsentArgs](t)
	roundTrip[StdinArgs](t)
	roundTrip[Query](t)
	roundTrip[Answer](t)
	roundTrip[Available](t)
	roundTrip[LogLine](t)
	roundTrip[Finding](t)
	roundTrip[DeviceFacts](t)
	roundTrip[RigFacts](t)
	roundTrip[Event](t)
	roundTrip[Job](t)
	roundTrip[Installs](t)
	roundTrip[Catalogue](t)
}

func drawFrame(t *rapid.T) Frame {
	f := Frame{
		Rig:   adit.RigID(rapid.StringMatching(`[a-z0-9][a-z0-9_-]{0,63}`).Draw(t, "rig")),
		Epoch: rapid.StringN(1, 16, maxEpoch).Draw(t, "epoch"),
		Seq:   rapid.Uint64Range(1, math.MaxUint64).Draw(t, "seq"),
		Kind:  FrameKind(rapid.IntRange(1, 6).Draw(t, "kind")),
	}
	switch f.Kind {
	case FrameSchema:
		f.Schema = &Schema{ID: rapid.Uint32().Draw(t, "id")}
		for range rapid.IntRange(0, 40).Draw(t, "columns") {
			f.Schema.Columns = append(f.Schema.Columns, Column{
				Device: adit.DeviceID(rapid.StringN(1, 30, maxDevice).Draw(t, "device")),
				Metric: Metric(rapid.StringN(1, 20, maxMetric).Draw(t, "metric")),
			})
		}
	case FrameBatch:
		f.Batch = &Batch{Schema: rapid.Uint32().Draw(t, "id"), At: time.UnixMilli(rapid.Int64Range(-1e13, 1e13).Draw(t, "at")).UTC(),
			Values: rapid.SliceOf(rapid.Float64()).Draw(t, "values")}
	case FrameFacts:
		f.Facts = new(DeviceFacts)
		fill(t, reflect.ValueOf(f.Facts).Elem())
	case FrameRig:
		f.RigNow = new(RigFacts)
		fill(t, reflect.ValueOf(f.RigNow).Elem())
	case FrameEvent:
		f.Event = new(Event)
		fill(t, reflect.ValueOf(f.Event).Elem())
	case FrameInstall:
		f.Install = new(Job)
		fill(t, reflect.ValueOf(f.Install).Elem())
	}
	return f
}

func TestFrameRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawFrame(t)
		b, err := in.Encode()
		if err != nil {
			t.Fatal(err)
		}
		out, err := DecodeFrame(b)
		if err != nil {
			t.Fatal(err)
		}
		if in.Batch != nil && len(in.Batch.Values) == 0 {
			in.Batch.Values, out.Batch.Values = nil, nil
		}
		if !reflect.DeepEqual(in, out) {
			t.Fatalf("in  %+v\nout %+v", in, out)
		}
	})
}

func TestUnknownStaysUnknown(t *testing.T) {
	b, err := Frame{Rig: "r", Epoch: "e", Seq: 1, Kind: FrameBatch, Batch: &Batch{Schema: 1, Values: []float64{math.NaN(), 0}}}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	f, err := DecodeFrame(b)
	if err != nil {
		t.Fatal(err)
	}
	if !math.IsNaN(f.Batch.Values[0]) || f.Batch.Values[1] != 0 {
		t.Errorf("values %v, want [NaN 0]", f.Batch.Values)
	}
}

// golden is one frame of each kind; testdata/v1.hex holds the bytes that version 1 is.
func golden() []Frame {
	at := time.Date(2026, 11, 21, 12, 0, 0, 250e6, time.UTC)
	frame := func(seq uint64, k FrameKind) Frame { return Frame{Rig: "rig-1", Epoch: "e0", Seq: seq, Kind: k} }
	s, b, f, r, e := frame(1, FrameSchema), frame(2, FrameBatch), frame(3, FrameFacts), frame(4, FrameRig), frame(300, FrameEvent)
	s.Schema = &Schema{ID: 7, Columns: []Column{{"rig-1/m", MetricHashrate}, {"rig-1/m", ThreadHashrate(0)}}}
	b.Batch = &Batch{Schema: 7, At: at, Values: []float64{1020.5, math.NaN()}}
	f.Facts = &DeviceFacts{Device: "rig-1/m", At: at, Reach: "live", Work: WorkHeld, Reason: "no consent", Since: at, Desired: "running"}
	r.RigNow = &RigFacts{Rig: "rig-1", At: at, Consent: Consent{Granted: true, At: &at, By: "owner", Via: "terminal", Host: "h"}}
	e.Event = &Event{At: at, Device: "rig-1/m", Kind: "miner.started", Severity: "info", Text: "m was started"}
	return []Frame{s, b, f, r, e}
}

// TestGolden pins version 1: other builds in the field speak these very bytes. If it fails, raise Version, keep
// decoding the old form, and add a new file; never edit testdata/v1.hex.
func TestGolden(t *testing.T) {
	raw, err := os.ReadFile("testdata/v1.hex")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Fields(string(raw))
	frames := golden()
	if len(want) != len(frames) {
		t.Fatalf("%d golden lines for %d frames", len(want), len(frames))
	}
	for i, f := range frames {
		b, err := f.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(b); got != want[i] {
			t.Errorf("kind %d encodes as\n%s\nwant\n%s", f.Kind, got, want[i])
		}
		old, err := hex.DecodeString(want[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := DecodeFrame(old); err != nil {
			t.Errorf("kind %d: cannot read version 1: %v", f.Kind, err)
		}
	}
}

func TestRefused(t *testing.T) {
	good := golden()[1]
	mutate := func(change func(*Frame)) []byte {
		f := good
		change(&f)
		b, err := f.Encode()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for name, b := range map[string][]byte{
		"empty":        nil,
		"garbage":      []byte("GET / HTTP/1.1\r\n\r\n"),
		"too big":      make([]byte, MaxFrame+1),
		"no rig":       mutate(func(f *Frame) { f.Rig = "" }),
		"dotted rig":   mutate(func(f *Frame) { f.Rig = "a.b" }),
		"no epoch":     mutate(func(f *Frame) { f.Epoch = "" }),
		"long epoch":   mutate(func(f *Frame) { f.Epoch = strings.Repeat("e", maxEpoch+1) }),
		"number 0":     mutate(func(f *Frame) { f.Seq = 0 }),
		"cut":          mutate(func(*Frame) {})[:20],
		"version 2":    append(mutate(func(*Frame) {}), 0x08, 2),
		"kind 9":       append(mutate(func(*Frame) {}), 0x28, 9),
		"odd values":   envelope(t, FrameBatch, []byte{0x1a, 3, 1, 2, 3}),
		"nameless col": envelope(t, FrameSchema, []byte{0x12, 0}),
		"bad json":     envelope(t, FrameFacts, []byte(`{"device":`)),
	} {
		if f, err := DecodeFrame(b); adit.CodeOf(err) != adit.Invalid {
			t.Errorf("%s: got %+v, %v", name, f, err)
		}
	}
	if _, err := (Frame{Rig: "r", Epoch: "e", Seq: 1, Kind: FrameBatch}).Encode(); err == nil {
		t.Error("a batch frame without a batch was encoded")
	}
	if _, err := (Frame{Rig: "r", Epoch: "e", Seq: 1, Kind: FrameBatch, Batch: &Batch{Values: make([]float64, MaxColumns+1)}}).Encode(); err == nil {
		t.Error("too many values were encoded")
	}
}

func envelope(t *testing.T, k FrameKind, body []byte) []byte {
	b, err := Envelope("rig-1", "e0", 1, k, body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A later version may add fields: they are skipped.
func TestUnknownFieldsSkipped(t *testing.T) {
	b, err := golden()[1].Encode()
	if err != nil {
		t.Fatal(err)
	}
	b = append(b, 0xfa, 0x01, 2, 'h', 'i', 0xf9, 0x01, 1, 2, 3, 4, 5, 6, 7, 8) // field 31: bytes, then fixed64
	if f, err := DecodeFrame(b); err != nil || f.Seq != 2 {
		t.Errorf("got %+v, %v", f, err)
	}
}

func TestThreadMetric(t *testing.T) {
	if i, ok := ThreadHashrate(12).Thread(); !ok || i != 12 {
		t.Errorf("got %d, %v", i, ok)
	}
	for _, m := range []Metric{MetricHashrate, "thread.hashrate.", "thread.hashrate.-1", "thread.hashrate.01", "thread.hashrate.x"} {
		if i, ok := m.Thread(); ok {
			t.Errorf("%q is thread %d", m, i)
		}
	}
}

func FuzzDecodeFrame(f *testing.F) {
	for _, g := range golden() {
		b, err := g.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		f.Add(b[:len(b)/2])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		fr, err := DecodeFrame(b)
		if err != nil {
			if adit.CodeOf(err) != adit.Invalid {
				t.Fatalf("not an Invalid error: %v", err)
			}
			return
		}
		again, err := fr.Encode()
		if err != nil {
			t.Fatalf("a decoded frame cannot be encoded: %v", err)
		}
		if _, err := DecodeFrame(again); err != nil {
			t.Fatalf("an encoded frame cannot be decoded: %v", err)
		}
	})
}

func BenchmarkBatch(b *testing.B) {
	f := Frame{Rig: "rig", Epoch: "e", Seq: 1, Kind: FrameBatch, Batch: &Batch{Schema: 1, At: time.Now(), Values: make([]float64, 40)}}
	for b.Loop() {
		raw, err := f.Encode()
		if err != nil {
			b.Fatal(err)
		}
		if _, err := DecodeFrame(raw); err != nil {
			b.Fatal(err)
		}
	}
}
