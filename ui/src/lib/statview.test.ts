import { describe, expect, it } from "vitest";
import { type Chart, onOneGrid } from "../api/stats";
import { allLines, hashrateLines, rateTotals, rejectRatio, shareBars, shareTotals, uptime } from "./statview";

const at = (i: number) => new Date(i * 10_000).toISOString();
const line = (metric: string, device: string, values: (number | null)[]) => ({
  metric,
  unit: "",
  device,
  points: values.map((value, i) => ({ t: at(i), value })),
});

const chart: Chart = {
  since: at(0),
  until: at(3),
  step: 10,
  lines: [
    line("hashrate", "r/a", [null, 100, 200, 0]),
    line("hashrate", "r/b", [null, 50, null, 0]),
    line("accepted", "r/a", [null, 3, 4, null]),
    line("accepted", "r/b", [null, 1, null, null]),
    line("rejected", "r/a", [null, 0, 2, null]),
    line("of tomorrow", "r/a", [1]),
  ],
};
const s = onOneGrid(chart, { from: 0, to: 30 });
const same = {
  titles: new Map([["r/a", "Alpha"]]),
  algorithms: new Map([
    ["r/a", "rx/0"],
    ["r/b", "rx/0"],
  ]),
};
const other = { ...same, algorithms: new Map([["r/a", "rx/0"]]) };

describe("hashrates", () => {
  it("are added where the algorithm is the same", () => {
    expect(hashrateLines(s, same).map((l) => [l.label, l.values])).toEqual([
      ["All rx/0", [null, 150, 200, 0]],
      ["Alpha", [null, 100, 200, 0]],
      ["b", [null, 50, null, 0]],
    ]);
    expect(rateTotals(s, same)).toEqual([{ label: "rx/0", mean: 350 / 3, best: 200 }]);
  });
  it("are never added where it is another, or not known", () => {
    expect(hashrateLines(s, other).map((l) => l.label)).toEqual(["Alpha", "b"]);
    expect(rateTotals(s, other)).toEqual([
      { label: "rx/0", mean: 100, best: 200 },
      { label: "b", mean: 25, best: 50 },
    ]);
  });
  it("tell how much of the time something hashed", () => {
    expect(uptime(s)).toBeCloseTo(2 / 3);
    expect(uptime(onOneGrid({ ...chart, lines: [] }, { from: 0, to: 30 }))).toBeNull();
  });
});

describe("shares", () => {
  it("are counted over all programs, unknown apart from none", () => {
    expect(shareTotals(s)).toEqual({ accepted: 8, rejected: 2, stale: null });
    expect(rejectRatio(shareTotals(s))).toBe(0.2);
    expect(rejectRatio({ accepted: null, rejected: null, stale: null })).toBeNull();
  });
  it("stand in bars of six steps; a bar in which nothing is known is unknown", () => {
    const long = Array.from({ length: 13 }, (_, i) => (i < 6 ? null : i));
    const b = shareBars(onOneGrid({ ...chart, lines: [line("accepted", "r/a", long)] }, { from: 0, to: 120 }));
    expect(b.step).toBe(60);
    expect(b.times).toEqual([0, 60, 120]);
    expect(b.lines.map((l) => [l.key, l.values])).toEqual([
      ["rejected", [null, null, null]],
      ["stale", [null, null, null]],
      ["accepted", [null, 6 + 7 + 8 + 9 + 10 + 11, 12]],
    ]);
  });
});

it("names every line of the file", () => {
  expect(allLines(s, same).map((l) => l.label)).toEqual([
    "Alpha hashrate H/s",
    "b hashrate H/s",
    "Alpha accepted shares",
    "b accepted shares",
    "Alpha rejected shares",
  ]);
});
