import { expect, it } from "vitest";
import { money } from "./money";

it("writes money with its sign and its currency, and never turns little into nothing", () => {
  expect(money(0.31, "EUR")).toBe("0.31 EUR");
  expect(money(-0.63, "EUR", true)).toBe("−0.63 EUR");
  expect(money(1.2, "EUR", true)).toBe("+1.20 EUR");
  expect(money(0, "EUR", true)).toBe("0.00 EUR");
  expect(money(0.00042, "USD")).toBe("0.00042 USD");
  expect(money(1234.5, "")).toBe("1234.50");
});
