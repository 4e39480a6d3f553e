import { expect, it } from "vitest";
import { byPlace, place } from "./checkerrors";

it("names places as the form does", () => {
  expect(place("body.config.pools[0].pool")).toBe("pools[0].pool");
  expect(place("config.wallet")).toBe("wallet");
  expect(place("/body/name")).toBe("name");
  expect(place("cpuPriority")).toBe("cpuPriority");
});

it("keeps the first error of a place", () => {
  const errors = [
    { location: "config.wallet", message: "first" },
    { location: "wallet", message: "second" },
    { location: "body.name", message: "third" },
    { location: "pools[0].pool", message: "pools[0].pool: it has no port" },
    { location: "pool", message: "pool: name the pool" },
  ];
  expect(byPlace(errors)).toEqual({
    wallet: "first",
    name: "third",
    "pools[0].pool": "It has no port",
    pool: "Name the pool",
  });
});
