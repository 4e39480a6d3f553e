import { fromWallClock, prefs, wallClock } from "./prefs";

/** The time that a page of statistics shows. It stands in the address. */

export const spans = [
  { id: "1h", seconds: 3_600, label: "1 h", words: "the last hour" },
  { id: "6h", seconds: 21_600, label: "6 h", words: "the last 6 hours" },
  { id: "24h", seconds: 86_400, label: "24 h", words: "the last 24 hours" },
  { id: "7d", seconds: 604_800, label: "7 d", words: "the last 7 days" },
  { id: "30d", seconds: 2_592_000, label: "30 d", words: "the last 30 days" },
] as const;

export type SpanId = (typeof spans)[number]["id"];

export interface RangeSearch {
  /** A span that ends now. */
  span?: SpanId;
  /** An own range, RFC 3339 to the minute in UTC; both or none. */
  from?: string;
  to?: string;
}

export interface Range {
  /** Seconds since 1970, both on the grid of step. */
  from: number;
  to: number;
  step: number;
  /** Ends now, and so moves on. */
  live: boolean;
  words: string;
}

const steps = [10, 30, 60, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400];

/** Seconds between two points: at most 400 of them. */
export function stepFor(seconds: number): number {
  return steps.find((s) => seconds / s <= 400) ?? Math.ceil(seconds / 400);
}

const whole = /^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/;
const time = (raw: unknown) =>
  typeof raw === "string" && whole.test(raw) && !Number.isNaN(Date.parse(raw)) ? raw : undefined;

/** Reads the part of an address that names a range; what is not one is left out. */
export function readRange(raw: Record<string, unknown>): RangeSearch {
  const from = time(raw.from);
  const to = time(raw.to);
  if (from && to && Date.parse(from) < Date.parse(to)) return { from, to };
  const span = spans.find((s) => s.id === raw.span)?.id;
  return span ? { span } : {};
}

export interface StatisticsSearch extends RangeSearch {
  /** Identity of the one device that is shown. */
  miner?: string;
}

export function readStatisticsSearch(raw: Record<string, unknown>): StatisticsSearch {
  const range = readRange(raw);
  return typeof raw.miner === "string" && raw.miner !== "" ? { ...range, miner: raw.miner } : range;
}

export function resolve(search: RangeSearch, nowMs: number): Range {
  if (search.from && search.to) {
    const from = Date.parse(search.from) / 1000;
    const to = Math.min(Date.parse(search.to) / 1000, nowMs / 1000);
    return onGrid(from, Math.max(to, from + 60), false, "the chosen time");
  }
  const span = spans.find((s) => s.id === search.span) ?? spans[0];
  const now = nowMs / 1000;
  return onGrid(now - span.seconds, now, true, span.words);
}

function onGrid(from: number, to: number, live: boolean, words: string): Range {
  const step = stepFor(to - from);
  return { from: Math.ceil(from / step) * step, to: Math.floor(to / step) * step, step, live, words };
}

/** For the value of a datetime-local field, in the zone that was chosen. */
export function toLocal(at: string | number): string {
  const d = wallClock(new Date(at).getTime() / 1000);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}T${two(d.getHours())}:${two(d.getMinutes())}`;
}

/** What a datetime-local field holds, for the address; undefined when it is no time. */
export function fromLocal(typed: string): string | undefined {
  const own = prefs().timezone === "";
  const fields = Date.parse(own ? typed : `${typed}Z`);
  if (Number.isNaN(fields)) return undefined;
  return `${new Date(own ? fields : fromWallClock(fields)).toISOString().slice(0, 16)}Z`;
}
