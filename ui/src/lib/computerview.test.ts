import { expect, test } from "vitest";
import { nextRange, readComputerSearch } from "./computerview";

test("an address is read, and nonsense left out", () => {
  expect(
    readComputerSearch({
      device: "xmrig",
      tab: "logs",
      range: 360,
      q: "pool",
      level: "warn",
      topic: "pool",
      only: true,
    }),
  ).toEqual({ device: "xmrig", tab: "logs", range: 360, q: "pool", level: "warn", topic: "pool", only: true });
  expect(
    readComputerSearch({ device: "", tab: "x", range: 7, q: "", level: "info", topic: "y", only: "yes", z: 1 }),
  ).toEqual({});
  // The router reads ?device=7 as a number.
  expect(readComputerSearch({ device: 7, tab: "now" })).toEqual({ device: "7" });
});

test("the range goes round", () => {
  expect([15, 60, 360, 1440, 99].map(nextRange)).toEqual([60, 360, 1440, 15, 15]);
});
