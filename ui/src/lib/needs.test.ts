import { expect, test } from "vitest";
import type { Installed, InstallJob } from "../api/install";
import type { Host, Need, Policy } from "../api/types";
import { brokenPrograms, failedInstalls, holds, ranked, updatesAvailable } from "./needs";

const policy = (part: object = {}): Policy =>
  ({
    idle: { enabled: true, state: "idle", words: "" },
    battery: { pause: true },
    thermal: { maxCelsius: 90 },
    ...part,
  }) as Policy;
const host = (part: object = {}): Host => ({ cpu: { temperature: 50 }, battery: null, ...part }) as Host;
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

test("what holds mining back is said, and nothing when nothing does", () => {
  expect(holds(policy(), host())).toEqual([]);
  expect(holds(undefined, host())).toEqual([]);
  expect(ids(holds(policy({ idle: { enabled: true, state: "active" } }), host()))).toEqual(["hold/active"]);
  expect(holds(policy({ idle: { enabled: false, state: "active" } }), host())).toEqual([]);
  const battery = { present: true, onBattery: true, percent: 80 };
  expect(ids(holds(policy(), host({ battery })))).toEqual(["hold/battery"]);
  expect(holds(policy({ battery: { pause: false } }), host({ battery }))).toEqual([]);
  expect(ids(holds(policy(), host({ cpu: { temperature: 90 } })))).toEqual(["hold/heat"]);
  expect(holds(policy(), host({ cpu: { temperature: null } }))).toEqual([]);
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
