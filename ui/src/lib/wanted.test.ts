import { expect, test } from "vitest";
import type { Config } from "../api/profiles";
import type { Device } from "../api/types";
import { compare, poolHost } from "./wanted";

const device = (part: Partial<Device> = {}): Device =>
  ({
    desired: "running",
    work: "hashing",
    pool: { url: "stratum+ssl://pool.example:443" },
    threads: [{}, {}],
    algorithm: "rx/0",
    hugePages: { got: 3, wanted: 10 },
    mode: "fast",
    ...part,
  }) as Device;
const config = (part: object) => part as Config;
const told = (c: Config | null, d: Device) => Object.fromEntries(compare(c, d).map((p) => [p.label, p.agrees]));

test("a pool is the same in any form", () => {
  expect(poolHost("stratum+ssl://Pool.example:443/x")).toBe("pool.example:443");
  expect(poolHost("pool.example:443")).toBe("pool.example:443");
});

test("what was asked for is held against what is", () => {
  const c = config({ pool: "pool.example:443", threads: 2, algo: "RX/0", hugePages: true, randomXMode: "fast" });
  expect(told(c, device())).toEqual({
    State: true,
    Pool: true,
    Threads: true,
    Algorithm: true,
    "Huge pages": false,
    Mode: true,
  });
});

test("a second pool in use, or too few threads, is a difference", () => {
  const c = config({ pool: "a.example:1", pools: [{ pool: "pool.example:443" }], threads: 4 });
  expect(told(c, device())).toEqual({ State: true, Pool: false, Threads: false });
});

test("unknown is neither", () => {
  const c = config({ pool: "a.example:1", threads: 4, hugePages: false });
  expect(told(c, device({ pool: null, threads: [], hugePages: null }))).toEqual({
    State: true,
    Pool: null,
    Threads: null,
    "Huge pages": null,
  });
});

test("a state that was not asked for is a difference", () => {
  expect(told(null, device({ work: "quarantined" }))).toEqual({ State: false });
  expect(told(null, device({ desired: "stopped", work: "stopped" }))).toEqual({ State: true });
  expect(told(null, device({ desired: "paused", work: "hashing" }))).toEqual({ State: false });
});
