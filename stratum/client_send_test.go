package stratum

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum/jsonline"
)

// What Send writes is what Submit writes, whatever is in it.
func TestSendWire(t *testing.T) {
	commitment := [32]byte{3}
	for _, s := range []Share{
		{JobID: "j1", Nonce: []byte{1, 2, 3, 4}, Result: [32]byte{9}, Algorithm: adit.RandomX},
		{JobID: `a "strange" one\` + "\n<é>", Nonce: []byte{0, 0, 0, 255}, Algorithm: "rx/2", Commitment: &commitment},
		{JobID: "x", Nonce: []byte{0, 0, 0, 0}},
	} {
		want := string(jsonline.Encode(wireRequest{ID: 7, Version: "2.0", Method: "submit", Params: s.wire("se\"ss")}))
		if got := string(s.append(nil, 7, "se\"ss")); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
}

// Many shares in one write; each is answered once, in any order, and what is not when the connection ends is lost.
func TestSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := testJob(1, 10)
		got := make([]string, 5)
		answer := func(i int, v Verdict, err error) {
			if got[i] != "" {
				t.Errorf("share %d was answered twice", i)
			}
			got[i] = fmt.Sprint(v.Outcome, " ", err)
		}
		shares := make([]Share, 5)
		for i := range shares {
			shares[i] = j.Share([]byte{byte(i), 0, 0, 0}, easy(byte(i)))
		}
		_, took := bubble(t, Pool{}, func(d *desk) {
			d.login(j)
			var ids []string
			for range shares {
				m, _ := d.next()
				ids = append(ids, string(m.ID))
			}
			d.say(`{"id":%s,"error":{"code":-1,"message":"Low difficulty share"}}`, ids[2])
			d.say(`{"id":%s,"result":{"status":"OK"}}`, ids[0])
			d.say(`{"id":%s,"result":{"status":"OK"}}`, ids[0]) // again: nobody waits for it
			hold(d)
		}, func(_ context.Context, c *Client) { c.Send(shares, answer) })
		if got[0] != "accepted <nil>" || got[2] != "low_difficulty <nil>" {
			t.Fatalf("%q", got)
		}
		for _, i := range []int{1, 3, 4} {
			if !strings.Contains(got[i], "lost") && !strings.Contains(got[i], "ended") {
				t.Fatalf("%q", got)
			}
		}
		if took < submitTimeout || took > submitTimeout+lateEach {
			t.Fatal(took)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		j := testJob(1, 10)
		var told error
		bubble(t, Pool{}, func(d *desk) { d.login(j) }, func(_ context.Context, c *Client) {
			time.Sleep(time.Second) // the pool has hung up
			c.Send([]Share{j.Share([]byte{1, 0, 0, 0}, easy(1))}, func(_ int, _ Verdict, err error) { told = err })
		})
		wants(t, told, adit.Unreachable, "not connected")
	})
}
