import type { HashrateHistory } from "../api/types";
import type { Reading } from "../live/tail";
import { hashrate, text } from "./format";

/** Two columns, as uPlot wants them: seconds since 1970 rising, and values; null is a hole. */
export type Series = [number[], (number | null)[]];

/**
 * History with the live readings after it. A hole is put in when readings are further apart than
 * three steps, so that a chart never draws a line over time in which nothing was known.
 */
export function join(history: HashrateHistory | undefined, tail: readonly Reading[]): Series {
  const t: number[] = [];
  const y: (number | null)[] = [];
  const step = Math.max(history?.step ?? 2, 1);
  const push = (at: number, value: number | null) => {
    const last = t.at(-1);
    if (last !== undefined) {
      if (at <= last) return;
      if (at - last > 3 * step + 2 && value !== null && y.at(-1) !== null) {
        t.push(last + step);
        y.push(null);
      }
    }
    t.push(at);
    y.push(value);
  };
  for (const p of history?.points ?? []) {
    const at = Date.parse(p.t) / 1000;
    if (!Number.isNaN(at)) push(at, p.hashrate);
  }
  for (const r of tail) push(r.t, r.hashrate);
  return [t, y];
}

/** A chart never shows less than this, in seconds. */
const shortest = 120;

/** Where the time axis begins: at the first thing known when that is younger than the chosen range, so that a first minute is not a dot. */
export function begin([t, y]: Series, now: number, minutes: number): number {
  const first = t[y.findIndex((v) => v !== null)];
  const from = now - minutes * 60;
  return first === undefined ? from : Math.max(from, Math.min(first, now - shortest));
}

export interface Digest {
  now: number | null;
  low: number | null;
  high: number | null;
  mean: number | null;
}

export function digest([, y]: Series): Digest {
  const known = y.filter((v): v is number => v !== null);
  if (known.length === 0) return { now: null, low: null, high: null, mean: null };
  return {
    now: y.at(-1) ?? null,
    low: known.reduce((a, b) => Math.min(a, b)),
    high: known.reduce((a, b) => Math.max(a, b)),
    mean: known.reduce((a, b) => a + b, 0) / known.length,
  };
}

/** The chart in words, for who cannot see it. */
export function summary(series: Series, span: string): string {
  const d = digest(series);
  if (d.mean === null) return `No hashrate is known for ${span}.`;
  const now = d.now === null ? "Now unknown" : `Now ${text(hashrate(d.now))}`;
  return `${now}; over ${span} the mean was ${text(hashrate(d.mean))}, the lowest ${text(hashrate(d.low))}, the highest ${text(hashrate(d.high))}.`;
}
