package devicetest

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
)

// Suite opens the driver's device in the situations the suite needs.
type Suite struct {
	// Open opens it on a fake that answers as the real thing does.
	Open func(t *testing.T) device.Device
	// Blank opens it on a fake that answers but knows nothing: every value is null or missing.
	Blank func(t *testing.T) device.Device
	// Hang opens it on a fake that takes requests and never answers; nil for a device that waits for nobody.
	Hang func(t *testing.T) device.Device
	// Known names pointer fields that even a blank device tells, e.g. "Host.Battery" or "Host".
	Known []string
}

// Run runs the suite.
func Run(t *testing.T, s Suite) {
	t.Run("info", func(t *testing.T) { info(t, open(t, s.Open)) })
	t.Run("snapshot is sound and repeatable", func(t *testing.T) { repeat(t, open(t, s.Open)) })
	t.Run("many at once", func(t *testing.T) { together(t, open(t, s.Open)) })
	t.Run("unknown stays nil", func(t *testing.T) { blank(t, open(t, s.Blank), s.Known) })
	t.Run("ctx that has ended", func(t *testing.T) { ended(t, open(t, s.Open)) })
	if s.Hang != nil {
		t.Run("ctx ends while it hangs", func(t *testing.T) { hang(t, open(t, s.Hang)) })
	}
	t.Run("whatever is written", func(t *testing.T) { written(t, open(t, s.Open)) })
	t.Run("close twice", func(t *testing.T) { closeTwice(t, s.Open(t)) })
}

func open(t *testing.T, f func(*testing.T) device.Device) device.Device {
	t.Helper()
	d := f(t)
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return d
}

func info(t *testing.T, d device.Device) {
	i := d.Info()
	if !adit.ValidName(i.Name) {
		t.Errorf("name %q is not valid", i.Name)
	}
	if i.Kind == "" || i.Driver == "" || i.Title == "" {
		t.Errorf("kind, driver and title must be told: %+v", i)
	}
	if again := d.Info(); again != i {
		t.Errorf("Info changed from %+v to %+v", i, again)
	}
}

// repeat reads twice: the second reading must know at least what the first knew.
func repeat(t *testing.T, d device.Device) {
	one, err := d.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	two, err := d.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []device.Snapshot{one, two} {
		if d := time.Since(s.At); d < -time.Second || d > time.Minute || s.At.Location() != time.UTC {
			t.Errorf("At is %s: it must be now, in UTC", s.At)
		}
		sound(t, s)
	}
	known := map[string]bool{}
	set(reflect.ValueOf(two), "", func(field string) { known[field] = true })
	set(reflect.ValueOf(one), "", func(field string) {
		if !known[field] {
			t.Errorf("%s was known in the first reading and not in the second", field)
		}
	})
}

func sound(t *testing.T, s device.Snapshot) {
	t.Helper()
	switch s.Work {
	case "", device.WorkStarting, device.WorkHashing, device.WorkZero, device.WorkPaused:
	default:
		t.Errorf("work %q is not one of a driver's words", s.Work)
	}
	numbers(reflect.ValueOf(s), "", func(field string, v float64) {
		if !(v >= 0) && field != "Temperature" { // NaN too
			t.Errorf("%s is %v", field, v)
		}
	})
	if p := s.DatasetProgress; p != nil && *p > 1 {
		t.Errorf("DatasetProgress is %v, more than 1", *p)
	}
	if s.Pool != nil && (s.Pool.Index >= max(s.Pool.Count, 1)) {
		t.Errorf("pool %d of %d", s.Pool.Index, s.Pool.Count)
	}
}

func together(t *testing.T, d device.Device) {
	var g sync.WaitGroup
	for range 8 {
		g.Go(func() {
			if _, err := d.Snapshot(t.Context()); err != nil {
				t.Error(err)
			}
			d.Info()
		})
	}
	g.Wait()
}

func blank(t *testing.T, d device.Device, known []string) {
	s, err := d.Snapshot(t.Context())
	if err != nil {
		t.Fatalf("a device that knows nothing is no error: %v", err)
	}
	may := map[string]bool{}
	for _, k := range known {
		may[k] = true
	}
	set(reflect.ValueOf(s), "", func(field string) {
		if !may[field] {
			t.Errorf("%s is told although nothing is known of it", field)
		}
	})
}

func ended(t *testing.T, d device.Device) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.Snapshot(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context canceled", err)
	}
}

func hang(t *testing.T, d device.Device) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := d.Snapshot(ctx)
	if c := adit.CodeOf(err); !errors.Is(err, context.DeadlineExceeded) || c != adit.Timeout {
		t.Errorf("got %v (%s), want a timeout", err, c)
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("it took %s to notice that ctx had ended", took)
	}
}

// written hands lines that are not what a program writes to a device that listens, while it is read.
func written(t *testing.T, d device.Device) {
	l, can := device.As[device.Listener](d)
	if !can {
		return
	}
	var g sync.WaitGroup
	g.Go(func() {
		for range 4 {
			if _, err := d.Snapshot(t.Context()); err != nil && adit.CodeOf(err) == adit.Internal {
				t.Errorf("after odd lines: %v", err)
			}
		}
	})
	for i := range 200 {
		odd := []string{"", " ", strings.Repeat("x", i*20), "\xff\xfe", "[", "[2026-01-01 00:00:00.000]", " * ", "(1/0)", strings.Repeat("[", i)}
		lines := make([]device.Line, 0, len(odd))
		for _, text := range odd {
			lines = append(lines, device.Line{At: time.Now(), Text: text})
		}
		l.Listen(lines, i%50 == 0)
	}
	l.Listen(nil, false)
	g.Wait()
	if s, err := d.Snapshot(t.Context()); err == nil {
		sound(t, s)
	}
}

func closeTwice(t *testing.T, d device.Device) {
	for range 2 {
		if err := d.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
}

// set calls f with the name of each pointer and slice that is not nil.
func set(v reflect.Value, name string, f func(field string)) {
	walk(v, name, func(field string, v reflect.Value) {
		if (v.Kind() == reflect.Pointer || v.Kind() == reflect.Slice) && !v.IsNil() {
			f(field)
		}
	})
}

// numbers calls f for each number that is known.
func numbers(v reflect.Value, name string, f func(field string, v float64)) {
	walk(v, name, func(field string, v reflect.Value) {
		switch {
		case v.CanFloat():
			f(field, v.Float())
		case v.CanInt():
			f(field, float64(v.Int()))
		}
	})
}

func walk(v reflect.Value, name string, f func(string, reflect.Value)) {
	f(name, v)
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			walk(v.Elem(), name, f)
		}
	case reflect.Slice:
		for i := range v.Len() {
			walk(v.Index(i), name+"[]", f)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if sf := v.Type().Field(i); sf.IsExported() {
				sep := "."
				if name == "" {
					sep = ""
				}
				walk(v.Field(i), name+sep+sf.Name, f)
			}
		}
	}
}
