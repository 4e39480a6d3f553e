import { describe, expect, it } from "vitest";
import { csv, grid, highest, mean, onGrid, sample, sum, total, working } from "./matrix";

describe("readings on a grid", () => {
  const times = grid(100, 140, 10);
  const at = (seconds: number, value: number | null) => ({ t: new Date(seconds * 1000).toISOString(), value });
  it("leaves holes where nothing was read", () => {
    const points = [at(100, 5), at(110, null), at(120.4, 7.5), at(900, 1), { t: "never", value: 3 }];
    expect(onGrid(points, times, 10)).toEqual([5, null, 7.5, null, null]);
    expect(onGrid([at(100, 5)], [], 10)).toEqual([]);
  });
});

describe("digests", () => {
  it("take unknown for unknown", () => {
    expect(mean([null, 2, 4])).toBe(3);
    expect(mean([null])).toBeNull();
    expect(highest([null, 2, 4])).toBe(4);
    expect(highest([])).toBeNull();
    expect(total([1, null, 2])).toBe(3);
    expect(total([null])).toBeNull();
    expect(
      sum([
        [1, null],
        [2, null, 5],
      ]),
    ).toEqual([3, null, 5]);
  });
  it("measure work from the first reading on", () => {
    expect(working([null, null, 10, 0, 10, null])).toBe(0.5);
    expect(working([null])).toBeNull();
  });
});

it("writes a table for a spreadsheet", () => {
  expect(csv([0, 60], [{ label: 'a "b", c', values: [1.5, null] }])).toBe(
    'time,"a ""b"", c"\n1970-01-01T00:00:00.000Z,1.5\n1970-01-01T00:01:00.000Z,\n',
  );
});

it("picks moments evenly and keeps the newest", () => {
  expect(sample(3, 10)).toEqual([0, 1, 2]);
  expect(sample(10, 4)).toEqual([0, 3, 6, 9]);
  expect(sample(11, 4).at(-1)).toBe(10);
});
