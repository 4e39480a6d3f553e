import { describe, expect, it } from "vitest";
import { atomicOf, coins, shortCoins } from "./coins";

const xmr = { symbol: "XMR", decimals: 12 };

describe("coins", () => {
  it("writes atomic units exactly, also those that a double cannot hold", () => {
    expect(coins("600000000001", xmr)).toBe("0.600000000001 XMR");
    expect(coins("18446744073709551615", xmr)).toBe("18446744.073709551615 XMR");
    expect(coins("0", xmr)).toBe("0 XMR");
    expect(coins("1000000000000", xmr)).toBe("1 XMR");
    expect(coins("7", { symbol: "X", decimals: 0 })).toBe("7 X");
  });
  it("knows no amount where there is none", () => {
    expect(coins(null, xmr)).toBeNull();
    expect(coins("1.5", xmr)).toBeNull();
    expect(shortCoins(undefined, xmr)).toBeNull();
  });
  it("cuts for tables and says that it did", () => {
    expect(shortCoins("600000000001", xmr)).toBe("≈ 0.6 XMR");
    expect(shortCoins("123456789012", xmr)).toBe("≈ 0.123456 XMR");
    expect(shortCoins("1", xmr)).toBe("< 0.000001 XMR");
    expect(shortCoins("250000000000", xmr)).toBe("0.25 XMR");
  });
  it("reads what a person types, and nothing else", () => {
    expect(atomicOf(" 0.25 ", xmr)).toBe("250000000000");
    expect(atomicOf("18446744.073709551615", xmr)).toBe("18446744073709551615");
    for (const bad of ["", "0", "-1", "1e3", "0.1234567890123", "18446744.073709551616", "1,5", ".5"])
      expect(atomicOf(bad, xmr)).toBeNull();
  });
});
