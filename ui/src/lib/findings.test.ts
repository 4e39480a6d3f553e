import { expect, test } from "vitest";
import type { Finding } from "../api/doctor";
import { grouped, report, stateOf, verdict } from "./findings";

const f = (name: string, state: string, group?: string, fix = ""): Finding =>
  group ? { name, state, text: `${name} text`, fix, group } : { name, state, text: `${name} text`, fix };

test("groups and findings come worst first", () => {
  const got = grouped([
    f("cpu", "ok", "computer"),
    f("a", "ok", "mining"),
    f("disk", "warn", "computer"),
    f("x", "crit"),
  ]);
  expect(got.map((g) => [g.title, g.findings.map((x) => x.name)])).toEqual([
    ["Other", ["x"]],
    ["This computer", ["disk", "cpu"]],
    ["Mining", ["a"]],
  ]);
});

test("the verdict counts what a person should see to; a note is no fault", () => {
  expect(verdict([f("a", "ok"), f("b", "info")])).toEqual({ state: "ok", words: "2 checks, all good" });
  expect(verdict([f("a", "ok"), f("b", "warn")])).toEqual({ state: "warn", words: "1 of 2 checks needs you" });
  expect(verdict([f("a", "crit"), f("b", "warn"), f("c", "ok")]).state).toBe("crit");
  expect(verdict([f("a", "ok")]).words).toBe("1 check, all good");
});

test("an unknown state is a note", () => {
  expect(stateOf({ state: "loud" })).toBe("info");
});

test("the report holds fixes only where there is something to fix", () => {
  expect(report([f("a", "ok", "adit", "none"), f("b", "warn", "adit", "do it")])).toBe(
    "[ok] a: a text\n[warn] b: b text\n      fix: do it",
  );
});
