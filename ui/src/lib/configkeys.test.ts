import properties from "virtual:config-keys";
import { describe, expect, it } from "vitest";
import { bounds, choicesIn, keyGroups, ownFields } from "./configkeys";

const groups = keyGroups();
const all = groups.flatMap((g) => g.keys);
const of = (key: string) => all.find((k) => k.key === key);

describe("the keys of a configuration", () => {
  it("each have one place in the form", () => {
    const shown = [...all.map((k) => k.key), ...ownFields].sort();
    expect(shown).toEqual([...new Set(shown)]);
    expect(shown).toEqual(Object.keys(properties).sort());
  });
  it("are all explained", () => {
    expect(all.filter((k) => k.help === "").map((k) => k.key)).toEqual([]);
    expect(groups.map((g) => g.about)).not.toContain("");
  });
  it("have the type, the bounds and the words of the server", () => {
    expect(of("cpuPriority")).toMatchObject({ kind: "number", min: 0, max: 5 });
    expect(of("randomXMode")).toMatchObject({ kind: "choice", choices: ["auto", "fast", "light"] });
    expect(of("keepalive")).toMatchObject({ kind: "boolean" });
    expect(of("cliArgs")).toMatchObject({ kind: "text", secret: false });
    expect(of("userPass")?.secret).toBe(true);
  });
});

it("reads bounds and choices out of words", () => {
  expect(bounds("2 MiB pages to keep for the CPU, -1 (automatic) to 65536")).toEqual({ min: -1, max: 65536 });
  expect(bounds("seconds between two tries, 1 to 3600")).toEqual({ min: 1, max: 3600 });
  expect(bounds("kibibytes: 2048 or 1048576")).toEqual({});
  expect(choicesIn("x86_64, SSE2, SSSE3, XOP, AVX2 or AVX-512F")).toHaveLength(6);
  expect(choicesIn("GPU numbers, like 0,1")).toBeNull();
});
