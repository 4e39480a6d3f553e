import { inZone, prefs } from "./prefs";

/** Numbers and times in words. Unknown (null) is never turned into zero: it is a dash. */

export const dash = "–";

const prefixes = ["", "k", "M", "G", "T", "P", "E"];

/** A number and its unit, kept apart so that a page can set them in different sizes. */
export interface Quantity {
  value: string;
  unit: string;
}

/** Four significant digits at most, no exponent: 612.3, 1.243, 98.04. */
function digits(n: number): string {
  const size = Math.abs(n);
  const places = size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 3;
  return trim(n.toFixed(places));
}

function trim(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** Scales by thousands: 1243 → 1.243 k. */
export function si(n: number, unit: string): Quantity {
  let step = 0;
  let value = n;
  while (step < prefixes.length - 1 && Math.abs(Number(value.toFixed(1))) >= 1000) {
    value /= 1000;
    step++;
  }
  return { value: digits(value), unit: `${prefixes[step]}${unit}` };
}

/** H/s. Under 1000 one decimal is kept always, so that a running number does not change its width. */
export function hashrate(hps: number | null | undefined): Quantity {
  if (hps === null || hps === undefined) return { value: dash, unit: "H/s" };
  if (Math.abs(hps) < 999.95) return { value: hps.toFixed(1), unit: "H/s" };
  const q = si(hps, "H/s");
  const n = Number(q.value);
  return { value: n.toFixed(n >= 100 ? 1 : n >= 10 ? 2 : 3), unit: q.unit };
}

/** A word or sentence with a large first letter; names that are always small stay so. */
export function sentence(words: string): string {
  return /^adit\b/.test(words) ? words : words.charAt(0).toUpperCase() + words.slice(1);
}

/** "1 share", "2 shares". */
export function plural(n: number, one: string): string {
  return `${count(n)} ${one}${n === 1 ? "" : "s"}`;
}

export function text(q: Quantity): string {
  return q.value === dash ? dash : `${q.value} ${q.unit}`;
}

/** Bytes by 1024: 2.1 GiB. */
export function bytes(n: number | null | undefined): string {
  if (n === null || n === undefined) return dash;
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = n;
  let step = 0;
  while (step < units.length - 1 && value >= 1024) {
    value /= 1024;
    step++;
  }
  return `${step === 0 ? value : trim(value.toFixed(value >= 100 ? 0 : 1))} ${units[step]}`;
}

export function count(n: number | null | undefined): string {
  if (n === null || n === undefined) return dash;
  return Math.round(n).toLocaleString("en-GB");
}

/** A difficulty or another large plain number: 1 240, 12.4 k. */
export function plain(n: number | null | undefined): string {
  if (n === null || n === undefined) return dash;
  if (n < 100_000) return count(n);
  const q = si(n, "");
  return `${q.value} ${q.unit}`.trim();
}

export function percent(ratio: number | null | undefined, places = 0): string {
  if (ratio === null || ratio === undefined) return dash;
  return `${trim((ratio * 100).toFixed(places))} %`;
}

export function watts(n: number | null | undefined): string {
  return n === null || n === undefined ? dash : text(si(n, "W"));
}

/** A temperature given in °C, in the unit that was chosen. */
export function celsius(n: number | null | undefined): string {
  if (n === null || n === undefined) return dash;
  return prefs().units === "imperial" ? `${Math.round(n * 1.8 + 32)} °F` : `${Math.round(n)} °C`;
}

/** Two parts at most: 42 s, 3 min 5 s, 2 h 14 min, 5 d 3 h. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return dash;
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return `${s} s`;
  const parts: [number, string][] = [
    [Math.floor(s / 86400), "d"],
    [Math.floor((s % 86400) / 3600), "h"],
    [Math.floor((s % 3600) / 60), "min"],
    [s % 60, "s"],
  ];
  const first = parts.findIndex(([n]) => n > 0);
  return parts
    .slice(first, first + 2)
    .filter(([n]) => n > 0)
    .map(([n, unit]) => `${n} ${unit}`)
    .join(" ");
}

/** Seconds from a time to now, never below 0; null when the time is unknown or unreadable. */
export function ageSeconds(at: string | null | undefined, nowMs: number): number | null {
  if (!at) return null;
  const ms = Date.parse(at);
  return Number.isNaN(ms) ? null : Math.max(0, (nowMs - ms) / 1000);
}

/** "12 s ago"; a dash when unknown. */
export function ago(at: string | null | undefined, nowMs: number): string {
  const age = ageSeconds(at, nowMs);
  if (age === null) return dash;
  return age < 1 ? "now" : `${shortest(age)} ago`;
}

/** One part: an age needs no precision. */
function shortest(seconds: number): string {
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

/** The clock of a moment, in the zone that was chosen; with seconds where asked. */
export function clock(at: Date, seconds = false): string {
  const parts: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", ...inZone() };
  return at.toLocaleTimeString("en-GB", seconds ? { ...parts, second: "2-digit" } : parts);
}

/** Day and clock of a moment without the year, in the zone that was chosen: 3 Nov, 14:05. */
export function dayClock(at: Date, seconds = false): string {
  return `${shortDay(at)}, ${clock(at, seconds)}`;
}

/** The day of a moment without the year, in the zone that was chosen: 3 Nov. */
export function shortDay(at: Date): string {
  return at.toLocaleDateString("en-GB", { day: "numeric", month: "short", ...inZone() });
}

/** The day of a moment, in the zone that was chosen: 3 Nov 2026. */
export function day(at: Date): string {
  return at.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", ...inZone() });
}

/** A moment in local time: only the clock when it is today. */
export function moment(at: string | null | undefined, nowMs: number): string {
  if (!at) return dash;
  const d = new Date(at);
  if (Number.isNaN(d.getTime())) return dash;
  return day(d) === day(new Date(nowMs)) ? clock(d) : `${day(d)}, ${clock(d)}`;
}
