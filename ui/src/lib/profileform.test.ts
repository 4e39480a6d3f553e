import { describe, expect, it } from "vitest";
import { configOf, emptyForm, emptyPool, formOf, missing, poolError, requestOf } from "./profileform";

const saved = {
  name: "Desk",
  minerType: "xmrig",
  autostart: true,
  secrets: ["password", "pools[0].password", "httpAccessToken"],
  config: {
    pool: "stratum+ssl://a.example:443",
    wallet: "w",
    coin: "monero",
    threads: 4,
    tls: true,
    cpuPriority: 0,
    keepalive: false,
    asm: "ryzen",
    pools: [{ pool: "stratum+tcp://b.example:1", rigId: "desk" }],
  },
};

describe("a profile and its form", () => {
  it("go over into each other; zero and no are values", () => {
    const form = formOf(saved);
    expect(form.more).toEqual({ cpuPriority: "0", keepalive: "false", asm: "ryzen" });
    expect(configOf(form)).toEqual(saved.config);
    expect(requestOf(form, 3)).toMatchObject({ name: "Desk", autostart: true, version: 3 });
    expect(requestOf(form, null)).not.toHaveProperty("version");
  });

  it("leave a kept secret out, send a typed one, and empty one that is to be forgotten", () => {
    const form = formOf(saved);
    expect(form.pools.map((p) => p.kept)).toEqual([true, true]);
    expect(form.kept).toEqual(["httpAccessToken"]);
    const [first = emptyPool(), second = emptyPool()] = form.pools;
    const changed = configOf({
      ...form,
      pools: [
        { ...first, password: "new" },
        { ...second, forget: true },
      ],
      forget: ["httpAccessToken"],
    });
    expect(changed).toMatchObject({ password: "new", httpAccessToken: "", pools: [{ password: "" }] });
  });

  it("send what is no number as it was typed, so that the server names the key", () => {
    const form = { ...emptyForm("xmrig"), threads: "many", more: { cpuPriority: "high", retries: "3" } };
    expect(configOf(form)).toEqual({ threads: "many", cpuPriority: "high", retries: 3 });
  });

  it("drop further pools that were left empty", () => {
    const form = { ...emptyForm("xmrig"), pools: [emptyPool("stratum+tcp://a.example:1"), emptyPool(" ")] };
    expect(configOf(form)).toEqual({ pool: "stratum+tcp://a.example:1" });
  });
});

it("says what must be there", () => {
  expect(Object.keys(missing(emptyForm("xmrig")))).toEqual(["name", "pool", "wallet"]);
  expect(missing(formOf(saved))).toEqual({});
  expect(missing({ ...formOf(saved), wallet: "", kept: ["userPass"] })).toEqual({});
});

it("knows which pool an error is about", () => {
  expect(poolError("body.config.pools[1].pool")).toEqual({ index: 2, field: "pool" });
  expect(poolError("pools[0]")).toEqual({ index: 1, field: "pool" });
  expect(poolError("config.pool")).toBeNull();
});
