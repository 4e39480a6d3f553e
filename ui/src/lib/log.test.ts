import { expect, it } from "vitest";
import { append, asText, atLeast, clean, filter, keepLines, levelOf, withoutTime } from "./log";

const line = (seq: number, text = `line ${seq}`) => ({ seq, at: "2026-11-21T12:00:00Z", text });

it("removes colours and control characters, and keeps the words", () => {
  expect(clean("\u001b[1;32maccepted\u001b[0m (3/0)")).toBe("accepted (3/0)");
  expect(clean("\u001b]0;a title\u0007text\u0008\u007f")).toBe("text");
  expect(clean("a\tb")).toBe("a\tb");
  expect(clean("größe 5 °C")).toBe("größe 5 °C");
});

it("adds only what is new and forgets the oldest", () => {
  const a = append([], [line(1), line(2)]);
  expect(append(a, [line(2), line(3)]).map((l) => l.seq)).toEqual([1, 2, 3]);
  expect(append(a, [line(1)])).toBe(a);
  const many = Array.from({ length: keepLines + 10 }, (_, i) => line(i));
  const kept = append([], many);
  expect(kept).toHaveLength(keepLines);
  expect(kept.at(-1)?.seq).toBe(keepLines + 9);
});

it("finds lines that hold every word in any case", () => {
  const lines = [line(1, "Share ACCEPTED diff 100"), line(2, "share rejected"), line(3, "new job")];
  expect(filter(lines, " accepted  share").map((l) => l.seq)).toEqual([1]);
  expect(filter(lines, "")).toBe(lines);
});

it("a line's gravity is told by its words", () => {
  expect(levelOf("[2026-01-02] net  new job from pool")).toBe("info");
  expect(levelOf("accepted (12/0) diff 3061 (2 ms)")).toBe("info");
  expect(levelOf("rejected (12/1) diff 3061 (2 ms)")).toBe("warn");
  expect(levelOf("net: read error: end of file")).toBe("crit");
  expect(levelOf("Connection REFUSED")).toBe("crit");
});

it("only what is grave enough is shown, and a file holds time and words", () => {
  const at = "2026-01-02T03:04:05Z";
  const lines = ["fine", "rejected share", "read error"].map((text, i) => ({ seq: i + 1, at, text }));
  expect(atLeast(lines, "info")).toHaveLength(3);
  expect(atLeast(lines, "warn").map((l) => l.seq)).toEqual([2, 3]);
  expect(atLeast(lines, "crit").map((l) => l.seq)).toEqual([3]);
  expect(asText(lines.slice(0, 2))).toBe(`${at}\tfine\n${at}\trejected share\n`);
});

it("the program's own time is left out, and nothing else", () => {
  expect(withoutTime("[2026-11-21 17:21:20.963] \u001b[36mnew job\u001b[0m from pool")).toBe("new job from pool");
  expect(withoutTime("2026-11-21T17:21:20Z started")).toBe("started");
  expect(withoutTime("[12] shares at 2026-11-21 17:21:20.9")).toBe("[12] shares at 2026-11-21 17:21:20.9");
});
