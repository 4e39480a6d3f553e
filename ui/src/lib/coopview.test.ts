import { describe, expect, it } from "vitest";
import { barParts, doorAddress, memberState, readCoopSearch, shareState, upstreamState } from "./coopview";

describe("the crew's page", () => {
  it("reads its address and passes over what it cannot mean", () => {
    expect(readCoopSearch({})).toEqual({});
    expect(readCoopSearch({ part: "payout", member: "home/attic", sort: "-owed", q: "rig", status: "online" })).toEqual(
      { part: "payout", member: "home/attic", sort: "-owed", q: "rig", status: "online" },
    );
    expect(readCoopSearch({ part: "members", sort: "-hashrate", status: "", q: "", member: "x".repeat(300) })).toEqual(
      {},
    );
    expect(readCoopSearch({ part: "secrets", sort: "password", status: "dead", q: false })).toEqual({});
  });
  it("gives each state a shape and a word", () => {
    const m = { status: "mining", paused: false, bannedUntil: null } as const;
    expect(memberState(m)).toEqual({ state: "ok", word: "mining" });
    expect(memberState({ ...m, paused: true })).toEqual({ state: "paused", word: "paused" });
    expect(memberState({ ...m, status: "offline", paused: true })).toEqual({ state: "stopped", word: "offline" });
    expect(memberState({ ...m, bannedUntil: "2026-11-21T12:00:00Z" })).toEqual({ state: "warn", word: "shut out" });
    expect(memberState({ ...m, status: "suspended" }).state).toBe("crit");
    expect(upstreamState({ state: "connected", active: true }).word).toBe("in use");
    expect(upstreamState({ state: "failed", active: false }).state).toBe("crit");
    expect(shareState({ outcome: "low_difficulty" })).toEqual({ state: "warn", word: "too easy" });
    expect(shareState({ outcome: "block" }).state).toBe("ok");
  });
  it("says where to connect", () => {
    expect(doorAddress({ kind: "stratum", address: "10.0.0.2:3333", tls: false })).toBe("stratum+tcp://10.0.0.2:3333");
    expect(doorAddress({ kind: "grpc", address: "10.0.0.2:50051", tls: true })).toBe("10.0.0.2:50051");
  });
  it("draws the largest parts and puts the others together", () => {
    const parts = Array.from({ length: 12 }, (_, i) => ({ name: `m${i}`, percent: 100 / 12 }));
    const bar = barParts(parts, 8);
    expect(bar).toHaveLength(9);
    expect(bar[8]).toMatchObject({ name: "4 more", rest: true });
    expect(bar.reduce((sum, p) => sum + p.percent, 0)).toBeCloseTo(100);
    expect(barParts(parts.slice(0, 2))).toHaveLength(2);
  });
});
