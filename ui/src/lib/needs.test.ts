import { expect, test } from "vitest";
import type { Installed, InstallJob } from "../api/install";
import type { Need } from "../api/types";
import { brokenPrograms, failedInstalls, ranked, updatesAvailable } from "./needs";

const ids = (needs: Need[]) => needs.map((n) => n.id);

test("programs that are gone or changed are critical; old versions and good ones are none", () => {
  const of = (program: string, state: string, current = true) =>
    ({ program, version: "1.0", state, current, words: "" }) as Installed;
  const got = brokenPrograms([of("a", "ok"), of("b", "missing"), of("c", "changed", false)]);
  expect(ids(got)).toEqual(["program/b"]);
  expect(got[0]?.severity).toBe("crit");
  expect(got[0]?.text).toContain("likely by an antivirus");
});

test("an update is a note, a pinned one nothing; a failed installation is a warning", () => {
  const u = { program: "a", from: "1", to: "2" };
  expect(ids(updatesAvailable([{ ...u, pinned: false }]))).toEqual(["update/a"]);
  expect(updatesAvailable([{ ...u, pinned: true }])).toEqual([]);
  const job = (phase: string) => ({ id: phase, program: "a", version: "2", phase, reason: "disk full" }) as InstallJob;
  expect(failedInstalls([job("done"), job("failed")]).map((n) => n.text)).toEqual([
    "a 2 could not be installed: disk full",
  ]);
});

test("a removed program that the server has told of is not told of twice", () => {
  const told: Need = { id: "program/xmrig", severity: "crit", text: "the server's words", action: null };
  const gone = { program: "xmrig", version: "1.0", state: "missing", current: true, words: "" } as Installed;
  expect(ranked([told], brokenPrograms([gone])).map((n) => n.text)).toEqual(["the server's words"]);
});

test("the worst comes first, and nothing twice", () => {
  const n = (id: string, severity: Need["severity"]): Need => ({ id, severity, text: "", action: null });
  expect(ids(ranked([n("a", "info"), n("b", "warn")], [n("c", "crit"), n("a", "crit"), n("d", "warn")]))).toEqual([
    "c",
    "b",
    "d",
    "a",
  ]);
});
