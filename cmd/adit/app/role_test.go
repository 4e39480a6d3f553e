package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func roles(ps []part) (out []Role) {
	for _, p := range ps {
		out = append(out, p.role)
	}
	return out
}

func TestInOrder(t *testing.T) {
	t.Parallel()
	table := []part{{role: "roof", needs: []Role{"walls"}}, {role: "walls", needs: []Role{"floor"}}, {role: "floor"}, {role: "shed"}}
	got, err := inOrder(table, "roof")
	if err != nil || !slices.Equal(roles(got), []Role{"floor", "walls", "roof"}) {
		t.Errorf("got %v, %v", roles(got), err)
	}
	if _, err := inOrder(table, "cellar"); err == nil {
		t.Error("an unknown role is accepted")
	}
	if _, err := inOrder([]part{{role: "a", needs: []Role{"b"}}, {role: "b", needs: []Role{"a"}}}, "a"); err == nil {
		t.Error("a circle is accepted")
	}
}

// TestTable: the table that `adit up` runs has an order, and every role of it is there.
func TestTable(t *testing.T) {
	t.Parallel()
	got, err := inOrder(table, everything...)
	if err != nil || len(got) != len(table) {
		t.Errorf("%d of %d roles, %v", len(got), len(table), err)
	}
}

// TestFailedRoleRestartsAlone: a part that panics and fails is run again, its neighbour never notices.
func TestFailedRoleRestartsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := slog.New(slog.NewTextHandler(io.Discard, nil))
		var runs, calm atomic.Int32
		bad := keep(t.Context(), "bad", ServiceFunc(func(ctx context.Context) error {
			switch runs.Add(1) {
			case 1:
				panic("first")
			case 2:
				return errors.New("second")
			case 3:
				return nil
			}
			<-ctx.Done()
			return nil
		}), log)
		good := keep(t.Context(), "good", ServiceFunc(func(ctx context.Context) error {
			calm.Add(1)
			<-ctx.Done()
			return nil
		}), log)
		time.Sleep(time.Minute) // virtual
		if runs.Load() != 4 || calm.Load() != 1 {
			t.Errorf("bad ran %d times, good %d times", runs.Load(), calm.Load())
		}
		if err := errors.Join(bad.end(), good.end()); err != nil {
			t.Error(err)
		}
	})
}

type closing struct {
	ServiceFunc
	closed bool
}

func (c *closing) Close() error { c.closed = true; return errors.New("not quite") }

func TestEndClosesAndNamesTheRole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &closing{ServiceFunc: idle}
		k := keep(t.Context(), "cellar", s, slog.New(slog.DiscardHandler))
		synctest.Wait()
		err := k.end()
		if !s.closed || err == nil || !strings.HasPrefix(err.Error(), "cellar: ") {
			t.Errorf("closed %v, error %v", s.closed, err)
		}
	})
}
