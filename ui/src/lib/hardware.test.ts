import { expect, it } from "vitest";
import { fansNow, throttled } from "./hardware";

it("says how often heat slowed the processor down", () => {
  expect(throttled(null)).toBeNull();
  expect(throttled({ count: 0, now: null })).toBe("never since boot");
  expect(throttled({ count: 1, now: false })).toBe("once since boot");
  expect(throttled({ count: 1, now: true })).toBe("once, now");
  expect(throttled({ count: 12, now: true })).toBe("12 times, now");
  expect(throttled({ count: 1200, now: null })).toBe("1,200 times since boot");
});

it("names the fans that turn, and counts those that stand still", () => {
  expect(fansNow(null)).toBeNull();
  expect(fansNow([])).toBeNull();
  expect(fansNow([{ name: "thinkpad/fan1", rpm: 2900 }])).toEqual({ value: "2,900 rpm", lines: ["thinkpad/fan1"] });
  expect(
    fansNow([
      { name: "a", rpm: 800 },
      { name: "b", rpm: 0 },
      { name: "c", rpm: 1200 },
    ]),
  ).toEqual({
    value: "1,200 rpm",
    lines: ["c: 1,200 rpm", "a: 800 rpm", "1 fan stands still, or none is connected there"],
  });
  expect(
    fansNow([
      { name: "a", rpm: 0 },
      { name: "b", rpm: 0 },
    ]),
  ).toEqual({ value: "none turns", lines: ["2 fans stand still, or none is connected there"] });
});
