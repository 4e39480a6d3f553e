package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"net"
	"strconv"
	"sync"
	"time"
)

// miner is one connection.
type miner struct {
	load *load
	i    int
	conn net.Conn
	buf  []byte
	held int // bytes in buf

	session []byte

	mu    sync.Mutex
	job   []byte // its id
	fixed byte   // last byte of the nonce
	tail  uint64 // of a result that is just good enough
	id    int
	nonce uint32
	sent  []int64 // when shares were sent that wait for an answer, ns since the load began
	line  []byte
	trips []int64
}

// dial connects, logs in and waits for the answer.
func (l *load) dial(ctx context.Context, i int) (*miner, error) {
	conn, err := (&net.Dialer{Timeout: 20 * time.Second}).DialContext(ctx, "tcp", l.o.connect)
	if err != nil {
		return nil, err
	}
	m := &miner{load: l, i: i, conn: conn, buf: make([]byte, 2<<10), id: 1}
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	fmt.Fprintf(conn, `{"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"%s","pass":"x","agent":"load","rigid":"rig%d","algo":["rx/0"]}}`+"\n", l.name(i), i)
	for m.session == nil {
		n, err := conn.Read(m.buf[m.held:])
		if err != nil {
			conn.Close()
			return nil, fmt.Errorf("login of miner %d: %w", i, err)
		}
		m.held += n
		if err := m.lines(time.Now()); err != nil {
			conn.Close()
			return nil, fmt.Errorf("login of miner %d: %w", i, err)
		}
	}
	conn.SetDeadline(time.Time{})
	return m, nil
}

// read takes what comes until the end.
func (m *miner) read() {
	for {
		n, err := m.conn.Read(m.buf[m.held:])
		now := time.Now()
		if err != nil {
			if !m.load.ending.Load() {
				m.load.dropped.Add(1)
			}
			return
		}
		m.held += n
		if m.lines(now) != nil {
			m.load.dropped.Add(1)
			m.conn.Close()
			return
		}
	}
}

// lines takes each whole line of buf.
func (m *miner) lines(now time.Time) error {
	data := m.buf[:m.held]
	for {
		end := bytes.IndexByte(data, '\n')
		if end < 0 {
			break
		}
		if err := m.take(data[:end], now); err != nil {
			return err
		}
		data = data[end+1:]
	}
	m.held = copy(m.buf, data)
	if m.held == len(m.buf) {
		return errors.New("a line that is too long")
	}
	return nil
}

var (
	markJob    = []byte(`"method":"job"`)
	markOK     = []byte(`"status":"OK"`)
	markBlob   = []byte(`"blob":"`)
	markJobID  = []byte(`"job_id":"`)
	markTarget = []byte(`"target":"`)
	markLogin  = []byte(`"result":{"id":"`)
)

func (m *miner) take(line []byte, now time.Time) error {
	switch {
	case bytes.Contains(line, markJob):
		return m.newJob(line, now)
	case m.session == nil:
		s := field(line, markLogin)
		if s == nil {
			return fmt.Errorf("no session in %q", line)
		}
		m.session = bytes.Clone(s)
		return m.newJob(line, now)
	}
	m.mu.Lock()
	if len(m.sent) > 0 {
		m.trips = append(m.trips, now.Sub(m.load.began).Nanoseconds()-m.sent[0])
		m.sent = m.sent[:copy(m.sent, m.sent[1:])]
	}
	m.mu.Unlock()
	if bytes.Contains(line, markOK) {
		m.load.accepted.Add(1)
	} else {
		m.load.refused.Add(1)
	}
	if m.load.again.Load() {
		m.submit()
	}
	return nil
}

// field is the string after a mark.
func field(line, mark []byte) []byte {
	i := bytes.Index(line, mark)
	if i < 0 {
		return nil
	}
	line = line[i+len(mark):]
	if i = bytes.IndexByte(line, '"'); i < 0 {
		return nil
	}
	return line[:i]
}

func (m *miner) newJob(line []byte, now time.Time) error {
	blob, job, target := field(line, markBlob), field(line, markJobID), field(line, markTarget)
	if len(blob) != 152 || job == nil || target == nil {
		return fmt.Errorf("no job in %q", line)
	}
	var nonce [4]byte
	if _, err := hex.Decode(nonce[:], blob[78:86]); err != nil {
		return err
	}
	var raw [8]byte
	n, err := hex.Decode(raw[:], target)
	if err != nil {
		return err
	}
	t := binary.LittleEndian.Uint64(raw[:])
	if n == 4 {
		t = math.MaxUint64 / (math.MaxUint32 / t)
	}
	m.mu.Lock()
	m.job, m.fixed, m.tail = bytes.Clone(job), nonce[3], t-1
	if m.load.o.up {
		m.tail = 0
	}
	m.mu.Unlock()
	if w := m.load.round.Load(); w != nil {
		if sent := stamp(blob); sent >= w.after {
			w.times[m.i] = now.UnixNano() - sent
			if int(w.got.Add(1)) == len(w.times) {
				close(w.done)
			}
		}
	}
	return nil
}

// submit hands in a share that nobody handed in before: 3 bytes count, the fourth is the job's.
func (m *miner) submit() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.id++
	m.nonce++
	b := append(m.line[:0], `{"id":`...)
	b = strconv.AppendInt(b, int64(m.id), 10)
	b = append(b, `,"jsonrpc":"2.0","method":"submit","params":{"id":"`...)
	b = append(b, m.session...)
	b = append(b, `","job_id":"`...)
	b = append(b, m.job...)
	b = append(b, `","nonce":"`...)
	b = hex.AppendEncode(b, []byte{byte(m.nonce), byte(m.nonce >> 8), byte(m.nonce >> 16), m.fixed})
	b = append(b, `","result":"`...)
	var result [32]byte
	binary.LittleEndian.PutUint32(result[:], m.nonce)
	binary.LittleEndian.PutUint64(result[24:], m.tail)
	b = hex.AppendEncode(b, result[:])
	b = append(b, "\",\"algo\":\"rx/0\"}}\n"...)
	m.line = b
	m.sent = append(m.sent, time.Since(m.load.began).Nanoseconds())
	m.conn.Write(b)
}
