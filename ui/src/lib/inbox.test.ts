import { expect, test } from "vitest";
import { fresh, merge, unread, worthTelling } from "./inbox";
import type { Entry } from "./journal";

const e = (seq: number, severity = "warn", kind = "miner.failed"): Entry => ({
  seq,
  at: "2026-01-02T03:04:05Z",
  kind,
  severity,
  subject: "r1/a",
  actor: "",
  text: `entry ${seq}`,
});
const seqs = (list: Entry[]) => list.map((x) => x.seq);

test("lists become one, newest first, each entry once", () => {
  expect(seqs(merge([e(5), e(2)], [e(9), e(5)]))).toEqual([9, 5, 2]);
});

test("notes are told only of installations that ended", () => {
  expect(worthTelling(e(1, "warn"))).toBe(true);
  expect(worthTelling(e(1, "info"))).toBe(false);
  expect(worthTelling(e(1, "info", "program.installed"))).toBe(true);
  expect(worthTelling(e(1, "info", "program.uninstalled"))).toBe(false);
});

test("unread is what is newer than the mark; a mark of another adit counts for nothing", () => {
  expect(seqs(unread([e(9), e(5), e(2)], { upTo: 5 }))).toEqual([9]);
  expect(seqs(unread([e(3), e(2)], { upTo: 50 }))).toEqual([3, 2]);
  expect(unread([], { upTo: 50 })).toEqual([]);
});

test("nothing is told at once that was there when the page was opened", () => {
  expect(fresh([e(3, "crit")], null, ["crit"])).toEqual([]);
  expect(seqs(fresh([e(5, "crit"), e(4, "warn"), e(3, "crit")], 3, ["crit"]))).toEqual([5]);
});
