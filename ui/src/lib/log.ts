import type { LogLine } from "../api/types";

/** Lines kept in the browser. */
export const keepLines = 2000;

const ansi =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences are what is removed
  /\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[\u0000-\u0008\u000b-\u001f\u007f]/g;

/** A program's line without its colours and other control characters. */
export function clean(text: string): string {
  return text.replace(ansi, "");
}

const stamp = /^\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?\]?\s+/;

/** A cleaned line without the time that the program wrote before it: each line is shown with its time already. */
export const withoutTime = (text: string) => clean(text).replace(stamp, "");

/** Adds lines that are newer than those held, and forgets the oldest over the limit. Sequence numbers that fall back mean a new log. */
export function append(have: LogLine[], more: LogLine[]): LogLine[] {
  const first = more[0];
  if (!first) return have;
  const last = have.at(-1)?.seq ?? Number.NEGATIVE_INFINITY;
  const fresh = more.filter((l) => l.seq > last);
  if (fresh.length === 0) return have;
  return [...have, ...fresh].slice(-keepLines);
}

/** Lines that hold every word of the query, in any case. */
export function filter(lines: LogLine[], query: string): LogLine[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return lines;
  return lines.filter((l) => {
    const text = l.text.toLowerCase();
    return words.every((w) => text.includes(w));
  });
}

export type Level = "info" | "warn" | "crit";

const crit = /\b(error|fatal|panic|failed|failure|crit(ical)?|cannot|could not|refused|abort(ed)?|exception)\b/i;
const warn =
  /\b(warn(ing)?|rejected|timeout|timed out|retry|reconnect\w*|disconnected|stale|slow\w*|throttl\w*|no active pools?)\b/i;

/** How grave a line is, by its words: programs do not say it in one way. */
export function levelOf(text: string): Level {
  if (crit.test(text)) return "crit";
  return warn.test(text) ? "warn" : "info";
}

/** Lines that are at least so grave. */
export function atLeast(lines: LogLine[], level: Level): LogLine[] {
  if (level === "info") return lines;
  return lines.filter((l) => {
    const is = levelOf(l.text);
    return is === "crit" || is === level;
  });
}

/** The lines as a file: RFC 3339, a tab, the words. */
export function asText(lines: LogLine[]): string {
  return lines.map((l) => `${l.at}\t${clean(l.text)}\n`).join("");
}
