import { describe, expect, it } from "vitest";
import type { Device, Frame, State } from "../api/types";
import { apply, devicesOf, Gap, parseFrame } from "./frames";

const dev = (id: string, title = id) => ({ id, title }) as Device;
const snap = (seq: number, state: State): Frame => ({ t: "snapshot", seq, state });

describe("apply", () => {
  it("takes a snapshot over everything and names every key as changed", () => {
    const first = apply(null, snap(7, { "device/a/x": dev("a/x"), "rig/a": {} })).known;
    const { known, changed } = apply(first, snap(3, { "device/a/y": dev("a/y") }));
    expect(known.seq).toBe(3);
    expect(Object.keys(known.state)).toEqual(["device/a/y"]);
    expect([...changed].sort()).toEqual(["device/a/x", "device/a/y", "rig/a"]);
  });

  it("sets and deletes keys and leaves the others the same objects", () => {
    const first = apply(null, snap(1, { "device/a/x": dev("a/x"), "device/a/y": dev("a/y") })).known;
    const { known, changed } = apply(first, {
      t: "delta",
      seq: 2,
      set: { "device/a/z": dev("a/z") },
      del: ["device/a/x"],
    });
    expect(Object.keys(known.state).sort()).toEqual(["device/a/y", "device/a/z"]);
    expect(known.state["device/a/y"]).toBe(first.state["device/a/y"]);
    expect([...changed].sort()).toEqual(["device/a/x", "device/a/z"]);
    expect(Object.keys(first.state)).toContain("device/a/x");
  });

  it("accepts a delta without set or del, as a Go server may leave out both", () => {
    const first = apply(null, snap(1, {})).known;
    expect(apply(first, { t: "delta", seq: 2 }).known.seq).toBe(2);
    expect(apply(first, { t: "delta", seq: 2, set: null, del: null }).changed.size).toBe(0);
  });

  it("refuses a delta that does not follow directly", () => {
    const first = apply(null, snap(5, {})).known;
    for (const seq of [5, 4, 7]) expect(() => apply(first, { t: "delta", seq })).toThrow(Gap);
    expect(() => apply(null, { t: "delta", seq: 1 })).toThrow(Gap);
  });
});

describe("parseFrame", () => {
  it("refuses what is no frame", () => {
    for (const bad of ["", "[]", "null", "{}", '{"t":"delta"}', '{"t":"x","seq":1}', '{"t":"snapshot","seq":1}']) {
      expect(() => parseFrame(bad)).toThrow();
    }
    expect(parseFrame('{"t":"snapshot","seq":1,"state":{}}').t).toBe("snapshot");
  });
});

it("keeps devices in one order", () => {
  const state: State = {
    "device/b": dev("b", "Beta"),
    overview: undefined as never,
    "device/a2": dev("a2", "Alpha"),
    "device/a1": dev("a1", "Alpha"),
  };
  expect(devicesOf(state).map((d) => d.id)).toEqual(["a1", "a2", "b"]);
});
