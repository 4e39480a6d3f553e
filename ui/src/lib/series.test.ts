import { expect, it } from "vitest";
import { begin, digest, join, summary } from "./series";

const t0 = Date.parse("2026-11-21T12:00:00Z") / 1000;
const iso = (s: number) => new Date((t0 + s) * 1000).toISOString();
const history = (...points: [number, number | null][]) => ({
  step: 10,
  points: points.map(([s, hashrate]) => ({ t: iso(s), hashrate })),
});

it("puts live readings after the history and drops what overlaps", () => {
  const [t, y] = join(history([0, 600], [10, 610]), [
    { t: t0 + 8, hashrate: 1 },
    { t: t0 + 12, hashrate: 620 },
  ]);
  expect(t.map((x) => x - t0)).toEqual([0, 10, 12]);
  expect(y).toEqual([600, 610, 620]);
});

it("never draws a line over time in which nothing was known", () => {
  const [t, y] = join(history([0, 600], [300, 610]), []);
  expect(t.map((x) => x - t0)).toEqual([0, 10, 300]);
  expect(y).toEqual([600, null, 610]);
});

it("keeps unknown as a hole, out of mean and lowest", () => {
  const s = join(history([0, 600], [10, null], [20, 620]), []);
  expect(digest(s)).toEqual({ now: 620, low: 600, high: 620, mean: 610 });
  expect(summary(s, "the last hour")).toBe(
    "Now 620.0 H/s; over the last hour the mean was 610.0 H/s, the lowest 600.0 H/s, the highest 620.0 H/s.",
  );
});

it("begins at the first reading when that is younger than the range, and never shows less than two minutes", () => {
  const s = join(history([0, null], [600, 610], [610, 612]), []);
  expect(begin(s, t0 + 900, 60)).toBe(t0 + 600);
  expect(begin(s, t0 + 620, 60)).toBe(t0 + 500);
  expect(begin(s, t0 + 9000, 60)).toBe(t0 + 5400);
  expect(begin([[], []], t0, 15)).toBe(t0 - 900);
});

it("says when there is nothing", () => {
  expect(summary(join(undefined, []), "the last hour")).toBe("No hashrate is known for the last hour.");
  expect(summary(join(history([0, 5], [10, null]), []), "the last hour")).toMatch(/^Now unknown;/);
});
