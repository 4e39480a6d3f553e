import { describe, expect, it } from "vitest";
import { fromLocal, readRange, resolve, spans, stepFor, toLocal } from "./timerange";

describe("the range in the address", () => {
  it("takes a known span or a whole own range, nothing else", () => {
    expect(readRange({ span: "7d" })).toEqual({ span: "7d" });
    expect(readRange({ span: "8d" })).toEqual({});
    expect(readRange({ from: "2026-11-20T10:00Z", to: "2026-11-20T12:00Z", span: "1h" })).toEqual({
      from: "2026-11-20T10:00Z",
      to: "2026-11-20T12:00Z",
    });
    expect(readRange({ from: "2026-11-20T12:00Z", to: "2026-11-20T10:00Z" })).toEqual({});
    expect(readRange({ from: "2026-11-20T12:00Z" })).toEqual({});
    expect(readRange({ from: "yesterday", to: "2026-11-20T10:00Z" })).toEqual({});
    expect(readRange({ from: "2026-99-20T12:00Z", to: "2026-11-20T10:00Z" })).toEqual({});
  });
});

describe("its points", () => {
  const now = Date.parse("2026-11-21T12:00:07Z");
  it("are at most 400 and lie on the grid", () => {
    for (const s of spans) {
      const r = resolve({ span: s.id }, now);
      expect((r.to - r.from) / r.step).toBeLessThanOrEqual(400);
      expect(r.to % r.step).toBe(0);
      expect(r.from % r.step).toBe(0);
      expect(r.live).toBe(true);
      expect(now / 1000 - r.to).toBeLessThan(r.step);
    }
    expect(stepFor(3600)).toBe(10);
    expect(stepFor(400 * 86_400 * 2)).toBe(172_800);
  });
  it("end now when the own range lies ahead", () => {
    const r = resolve({ from: "2026-11-21T11:00Z", to: "2026-11-22T11:00Z" }, now);
    expect(r.to).toBeLessThanOrEqual(now / 1000);
    expect(r.live).toBe(false);
  });
  it("are some even when the whole range lies ahead", () => {
    const r = resolve({ from: "2026-11-22T11:00Z", to: "2026-11-22T12:00Z" }, now);
    expect(r.to).toBeGreaterThan(r.from);
  });
});

it("goes through a field of the browser and back", () => {
  expect(fromLocal(toLocal("2026-11-20T10:00Z"))).toBe("2026-11-20T10:00Z");
  expect(fromLocal("")).toBeUndefined();
  expect(fromLocal("soon")).toBeUndefined();
});
