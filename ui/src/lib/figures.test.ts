import { expect, test } from "vitest";
import { asTyped, hostOf, typedNumber } from "./figures";

test("numbers as people type them", () => {
  expect(["0.28", "0,28", " 1 234.5 ", "1,234.5", "4.2e11", "7.", ".5"].map(typedNumber)).toEqual([
    0.28, 0.28, 1234.5, 1234.5, 4.2e11, 7, 0.5,
  ]);
  expect(typedNumber("  ")).toBeNull();
  for (const wrong of ["x", "1..2", "-1", "1 EUR", "0x10", "1e", "Infinity"]) {
    expect(typedNumber(wrong), wrong).toBeNaN();
  }
});

test("a number comes back from its field as it was", () => {
  for (const n of [0.28, 432_000_000_000, 1e-12, 0.6, 0]) expect(typedNumber(asTyped(n))).toBe(n);
  expect(asTyped(1e-12)).toBe("0.000000000001");
  expect(asTyped(null)).toBe("");
});

test("the host of a feed", () => {
  expect(hostOf("https://prices.example/xmr?x=1")).toBe("prices.example");
  expect(hostOf("prices")).toBe("");
});
