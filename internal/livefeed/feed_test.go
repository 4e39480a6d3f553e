package livefeed

import (
	"fmt"
	"testing"
)

func TestSlowListenerIsDropped(t *testing.T) {
	f := New()
	slow, err := f.Subscribe()
	if err != nil {
		t.Fatal(err)
	}
	quick, err := f.Subscribe()
	if err != nil {
		t.Fatal(err)
	}
	<-quick.Frames
	for i := range queue + 1 {
		f.Publish(map[string][]byte{"overview": fmt.Appendf(nil, "%d", i)}, nil)
		<-quick.Frames
	}
	n := 0
	for range slow.Frames {
		n++
	}
	if !slow.Slow() || n != queue {
		t.Errorf("slow %v after %d frames", slow.Slow(), n)
	}
	if quick.Slow() || f.Listeners() != 1 {
		t.Error("one slow listener hurt another")
	}
	f.Close()
	if _, err := f.Subscribe(); err == nil {
		t.Error("a feed that ended takes listeners")
	}
	f.Open()
	again, err := f.Subscribe()
	if err != nil {
		t.Fatal(err)
	}
	if text := string(<-again.Frames); text != string(f.Current()) || text != fmt.Sprintf(`{"t":"snapshot","seq":%d,"state":{"overview":%d}}`, queue+1, queue) {
		t.Errorf("a feed that was opened again begins with %s", text)
	}
}
