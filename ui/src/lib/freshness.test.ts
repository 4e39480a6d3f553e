import { expect, it } from "vitest";
import { freshness } from "./freshness";

const now = Date.parse("2026-11-21T12:00:00Z");
const at = (s: number) => new Date(now - s * 1000).toISOString();

it("believes a reading for as long as the design says", () => {
  expect(freshness({ at: at(0), stale: false }, now)).toBe("fresh");
  expect(freshness({ at: at(6), stale: false }, now)).toBe("fresh");
  expect(freshness({ at: at(7), stale: false }, now)).toBe("old");
  expect(freshness({ at: at(1), stale: true }, now)).toBe("old");
  expect(freshness({ at: at(21), stale: false }, now)).toBe("gone");
  expect(freshness({ at: null, stale: false }, now)).toBe("gone");
});
