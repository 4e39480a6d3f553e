import { expect, test } from "vitest";
import { byItself, choose, days, type Entry, placeOf, topicOf, wordsIn } from "./journal";

const e = (seq: number, kind: string, at = "2026-03-02T12:00:00", text = `entry ${seq}`, actor = ""): Entry => ({
  seq,
  at: new Date(at).toISOString(),
  kind,
  severity: "info",
  subject: "r1/a",
  actor,
  text,
});

test("a kind belongs to a topic; an unknown one to adit itself", () => {
  expect(topicOf("miner.started")).toBe("program");
  expect(topicOf("miner.held")).toBe("pause");
  expect(topicOf("rig.policy")).toBe("pause");
  expect(topicOf("program.installed")).toBe("install");
  expect(topicOf("something.new")).toBe("care");
});

test("entries are chosen by words and topic", () => {
  const all = [e(3, "miner.failed", undefined, "xmrig ended"), e(2, "rig.paused", undefined, "paused", "owner")];
  expect(choose(all, "XMRIG end", undefined).map((x) => x.seq)).toEqual([3]);
  expect(choose(all, "owner", undefined).map((x) => x.seq)).toEqual([2]);
  expect(choose(all, "", "pause").map((x) => x.seq)).toEqual([2]);
  expect(choose(all, "", undefined)).toHaveLength(2);
});

test("an entry leads to what it is about", () => {
  expect(placeOf({ kind: "miner.failed", subject: "r1/a b" })).toBe("/computer?device=a%20b&tab=timeline");
  expect(placeOf({ kind: "rig.paused", subject: "r1" })).toBe("/computer?tab=timeline");
  expect(placeOf({ kind: "program.installed", subject: "r1" })).toBe("/install");
  expect(placeOf({ kind: "token.created", subject: "" })).toBe("/settings/tokens");
  expect(placeOf({ kind: "rig.policy", subject: "r1" })).toBe("/settings/policy");
  expect(placeOf({ kind: "feed.failed", subject: "" })).toBe("/settings/power");
});

test("what a person ordered was not done by itself", () => {
  const says = (kind: string, text: string, actor = "") => byItself(e(1, kind, undefined, text, actor));
  expect(says("miner.restarted", "xmrig ended by itself and is started again: signal 11")).toBe(true);
  expect(says("miner.restarted", "xmrig was restarted by owner")).toBe(false);
  expect(says("miner.restarted", "xmrig was restarted by owner (terminal)")).toBe(false);
  expect(says("pool.switched", "xmrig works for the pool b now, before for a")).toBe(true);
  expect(says("order.start", "start xmrig", "owner")).toBe(false);
  expect(says("miner.started", "xmrig was started by owner")).toBe(false);
  expect(says("consent.granted", "mining was allowed")).toBe(false);
});

test("days have names", () => {
  const now = new Date("2026-03-02T18:00:00").getTime();
  const got = days([e(3, "a.b"), e(2, "a.b", "2026-03-01T23:00:00"), e(1, "a.b", "2026-02-01T10:00:00")], now);
  expect(got.map((d) => [d.day, d.entries.length])).toEqual([
    ["Today", 1],
    ["Yesterday", 1],
    ["1 Feb 2026", 1],
  ]);
});

test("a program's name is not written large; an order names whom it was given", () => {
  const words = (kind: string, text: string, subject: string) => wordsIn({ kind, text, subject });
  expect(words("miner.failed", "xmrig ended", "r1/xmrig")).toBe("xmrig ended");
  expect(words("rig.resumed", "mining goes on", "r1")).toBe("Mining goes on");
  expect(words("order.start", "start: done", "r1/xmrig")).toBe("Start xmrig: done");
  expect(words("order.consent-grant", "consent-grant: done", "r1")).toBe("Consent grant: done");
});
