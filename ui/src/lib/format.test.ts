import { describe, expect, it } from "vitest";
import {
  ageSeconds,
  ago,
  bytes,
  celsius,
  count,
  dash,
  duration,
  hashrate,
  percent,
  plain,
  plural,
  sentence,
  si,
  text,
  watts,
} from "./format";

const h = (n: number | null) => text(hashrate(n));

describe("hashrate", () => {
  it("scales by thousands and keeps its width", () => {
    expect(h(0)).toBe("0.0 H/s");
    expect(h(612.34)).toBe("612.3 H/s");
    expect(h(612)).toBe("612.0 H/s");
    expect(h(1243)).toBe("1.243 kH/s");
    expect(h(12_430)).toBe("12.43 kH/s");
    expect(h(5.42e15)).toBe("5.420 PH/s");
    expect(h(3.2e21)).toBe("3200.0 EH/s");
  });
  it("moves to the next unit instead of showing 1000.0", () => {
    expect(h(999.94)).toBe("999.9 H/s");
    expect(h(999.96)).toBe("1.000 kH/s");
    expect(h(999_960)).toBe("1.000 MH/s");
  });
  it("never turns unknown into zero", () => {
    expect(h(null)).toBe(dash);
    expect(text(hashrate(undefined))).toBe(dash);
  });
});

describe("other quantities", () => {
  it("drops idle zeros", () => {
    expect(si(1500, "W")).toEqual({ value: "1.5", unit: "kW" });
    expect(watts(178_000)).toBe("178 kW");
    expect(watts(42)).toBe("42 W");
    expect(bytes(0)).toBe("0 B");
    expect(bytes(2_512_474_112)).toBe("2.3 GiB");
    expect(bytes(2_097_152)).toBe("2 MiB");
    expect(percent(0.9946)).toBe("99 %");
    expect(percent(0.0012, 2)).toBe("0.12 %");
    expect(celsius(58.4)).toBe("58 °C");
    expect(count(12_345)).toBe("12,345");
    expect(plain(3061)).toBe("3,061");
    expect(plain(1_240_000)).toBe("1.24 M");
  });
  it("shows a dash for unknown", () => {
    for (const f of [watts, bytes, percent, celsius, count, plain, duration]) expect(f(null)).toBe(dash);
  });
});

describe("words", () => {
  it("begins sentences with a large letter, except for names that are always small", () => {
    expect(sentence("paused by owner")).toBe("Paused by owner");
    expect(sentence("adit-miner ended 5 times")).toBe("adit-miner ended 5 times");
    expect(sentence("")).toBe("");
  });
  it("counts", () => {
    expect(plural(1, "share")).toBe("1 share");
    expect(plural(0, "share")).toBe("0 shares");
    expect(plural(1200, "share")).toBe("1,200 shares");
  });
});

describe("times", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");
  it("writes durations in two parts at most", () => {
    expect(duration(0)).toBe("0 s");
    expect(duration(42.9)).toBe("42 s");
    expect(duration(185)).toBe("3 min 5 s");
    expect(duration(180)).toBe("3 min");
    expect(duration(8040)).toBe("2 h 14 min");
    expect(duration(3605)).toBe("1 h");
    expect(duration(86_400 * 5 + 3600 * 3 + 59)).toBe("5 d 3 h");
    expect(duration(-3)).toBe("0 s");
  });
  it("tells ages", () => {
    expect(ago("2026-11-21T11:59:48Z", now)).toBe("12 s ago");
    expect(ago("2026-11-21T10:00:00Z", now)).toBe("2 h ago");
    expect(ago("2026-11-19T10:00:00Z", now)).toBe("2 d ago");
    expect(ago("2026-11-21T12:00:00Z", now)).toBe("now");
    expect(ago(null, now)).toBe(dash);
  });
  it("takes a time in the future for now, and nonsense for unknown", () => {
    expect(ageSeconds("2026-11-21T12:00:09Z", now)).toBe(0);
    expect(ageSeconds("yesterday", now)).toBeNull();
  });
});
