import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { clock, dayClock, shortDay } from "./format";
import { fromWallClock, setPrefs, wallClock } from "./prefs";
import { fromLocal, toLocal } from "./timerange";

const at = new Date("2026-11-20T23:30:05Z");

afterEach(() => setPrefs({ units: "metric", timezone: "" }));

describe("in a zone that was chosen", () => {
  // 45 minutes from the hour, so that no machine's own zone makes this pass.
  beforeEach(() => setPrefs({ units: "metric", timezone: "Asia/Kathmandu" }));

  it("writes clock and day", () => {
    expect(clock(at)).toBe("05:15");
    expect(shortDay(at)).toBe("21 Nov");
    expect(dayClock(at, true)).toBe("21 Nov, 05:15:05");
  });

  it("gives charts the hours and days to mark", () => {
    const shown = wallClock(at.getTime() / 1000);
    expect([shown.getMonth(), shown.getDate(), shown.getHours(), shown.getMinutes()]).toEqual([10, 21, 5, 15]);
  });

  it("reads and fills fields of a time", () => {
    expect(toLocal("2026-11-20T23:30Z")).toBe("2026-11-21T05:15");
    expect(fromLocal("2026-11-21T05:15")).toBe("2026-11-20T23:30Z");
    expect(fromLocal("soon")).toBeUndefined();
    expect(fromLocal("")).toBeUndefined();
  });
});

it("crosses the days on which clocks are changed", () => {
  setPrefs({ units: "metric", timezone: "Europe/Berlin" });
  const utc = (shown: string) => new Date(fromWallClock(Date.parse(shown))).toISOString();
  expect(utc("2026-03-29T01:59:00Z")).toBe("2026-03-29T00:59:00.000Z");
  expect(utc("2026-03-29T03:00:00Z")).toBe("2026-03-29T01:00:00.000Z");
  expect(utc("2026-03-29T02:30:00Z")).toBe("2026-03-29T01:30:00.000Z");
  expect(utc("2026-10-25T03:00:00Z")).toBe("2026-10-25T02:00:00.000Z");
});

it("falls back to the browser's own where the zone is not known", () => {
  setPrefs({ units: "metric", timezone: "Mars/Olympus" });
  expect(wallClock(at.getTime() / 1000)).toEqual(at);
});
