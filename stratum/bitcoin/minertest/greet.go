package minertest

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
)

// greet says one part of the greeting and waits for its answer.
func (m *Miner) greet(ctx context.Context, step string) error {
	switch step {
	case "configure":
		if m.o.Mask == 0 && m.o.Least == 0 {
			return nil
		}
		names, values := []string{}, map[string]any{}
		if m.o.Mask != 0 {
			names = append(names, "version-rolling")
			values["version-rolling.mask"] = fmt.Sprintf("%08x", m.o.Mask)
			values["version-rolling.min-bit-count"] = 1
		}
		if m.o.Least != 0 {
			names = append(names, "minimum-difficulty")
			values["minimum-difficulty.value"] = m.o.Least
		}
		raw, err := m.Call(ctx, "mining.configure", names, values)
		if err != nil {
			return err
		}
		var out map[string]any
		if err := json.Unmarshal(raw, &out); err != nil {
			return err
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		m.configured = out
		if out["version-rolling"] == true {
			mask, err := strconv.ParseUint(fmt.Sprint(out["version-rolling.mask"]), 16, 32)
			if err != nil {
				return err
			}
			m.mask = uint32(mask)
		}
	case "subscribe":
		if m.o.Suggest != 0 {
			if _, err := m.Call(ctx, "mining.suggest_difficulty", m.o.Suggest); err != nil {
				return err
			}
		}
		if m.o.Movable {
			if _, err := m.Call(ctx, "mining.extranonce.subscribe"); err != nil {
				return err
			}
		}
		_, err := m.Call(ctx, "mining.subscribe", m.o.Agent)
		return err
	case "authorize":
		_, err := m.Call(ctx, "mining.authorize", m.o.Worker, m.o.Password)
		return err
	}
	return nil
}
