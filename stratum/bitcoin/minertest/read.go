package minertest

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// read is the reader's goroutine: it ends with the connection.
func (m *Miner) read() {
	in := bufio.NewScanner(m.conn)
	in.Buffer(nil, 1<<20)
	var err error
	for err == nil && in.Scan() {
		err = m.take(in.Bytes())
	}
	if err == nil {
		err = in.Err()
	}
	if err == nil {
		err = errors.New("the server hung up")
	}
	m.conn.Close()
	m.mu.Lock()
	m.err = err
	close(m.changed)
	m.changed = make(chan struct{})
	m.mu.Unlock()
	close(m.over)
}

func (m *Miner) take(line []byte) error {
	var w struct {
		ID     *int              `json:"id"`
		Method string            `json:"method"`
		Params []json.RawMessage `json:"params"`
		Result json.RawMessage   `json:"result"`
		Error  json.RawMessage   `json:"error"`
	}
	if err := json.Unmarshal(line, &w); err != nil {
		return fmt.Errorf("the server said %q: %w", line, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	switch w.Method {
	case "":
		return m.answered(w.ID, answer{w.Result, w.Error})
	case "mining.notify":
		j, err := parseJob(w.Params)
		if err != nil {
			return err
		}
		m.jobs++
		j.N, j.Difficulty, j.Extranonce1, j.Extranonce2Size, j.Mask = m.jobs, m.difficulty, m.extranonce1, m.size, m.mask
		m.job = j
		close(m.changed)
		m.changed = make(chan struct{})
	case "mining.set_difficulty":
		return json.Unmarshal(w.Params[0], &m.difficulty)
	case "mining.set_extranonce":
		return m.extranonce(w.Params)
	case "mining.set_version_mask":
		var s string
		if err := json.Unmarshal(w.Params[0], &s); err != nil {
			return err
		}
		mask, err := strconv.ParseUint(s, 16, 32)
		m.mask = uint32(mask)
		return err
	case "client.reconnect":
		m.reconnect = true
	default:
		return fmt.Errorf("the server said %q", line)
	}
	return nil
}

// answered is called with mu held.
func (m *Miner) answered(id *int, a answer) error {
	if id == nil {
		if len(a.fault) == 0 {
			return fmt.Errorf("an answer without id: %s", a.result)
		}
		_, err := a.unpack()
		return err
	}
	ch := m.pending[*id]
	if ch == nil {
		return fmt.Errorf("an answer to nothing: %d", *id)
	}
	delete(m.pending, *id)
	if ch == m.pending[subscribing] {
		delete(m.pending, subscribing)
		var parts []json.RawMessage
		if json.Unmarshal(a.result, &parts) == nil && len(parts) == 3 {
			if err := m.extranonce(parts[1:]); err != nil {
				return err
			}
		}
	}
	ch <- a
	return nil
}

func (m *Miner) extranonce(params []json.RawMessage) error {
	var s string
	if err := json.Unmarshal(params[0], &s); err != nil {
		return err
	}
	one, err := hex.DecodeString(s)
	if err != nil {
		return err
	}
	m.extranonce1 = one
	return json.Unmarshal(params[1], &m.size)
}
