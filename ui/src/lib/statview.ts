import type { DeviceLine, Metric, Statistics } from "../api/stats";
import { highest, type Line, mean, sum, total, type Values, working } from "./matrix";

/** What the page of statistics shows, made from what was read. */

/** What this browser knows of the devices that have readings. */
export interface Names {
  titles: ReadonlyMap<string, string>;
  /** What each hashes; a device of long ago may be missing. */
  algorithms: ReadonlyMap<string, string>;
}

export interface ShareTotals {
  accepted: number | null;
  rejected: number | null;
  stale: number | null;
}

/** Lines under the titles of their devices; else under the last part of their identity. */
export function named(lines: DeviceLine[], { titles }: Names): Line[] {
  return lines
    .map((l) => ({ key: l.key, label: titles.get(l.device) ?? l.device.split("/").pop() ?? l.label, values: l.values }))
    .sort((a, b) => a.label.localeCompare(b.label, "en") || (a.key < b.key ? -1 : 1));
}

/** Lines by what their devices hash; those of which it is not known stand alone under "". */
function byAlgorithm(lines: DeviceLine[], { algorithms }: Names): Map<string, DeviceLine[]> {
  const out = new Map<string, DeviceLine[]>();
  for (const l of lines) {
    const algorithm = algorithms.get(l.device) ?? "";
    out.set(algorithm, [...(out.get(algorithm) ?? []), l]);
  }
  return out;
}

/** Hashrate per program, and the sum of each algorithm where several programs hash it. */
export function hashrateLines(s: Statistics, names: Names): Line[] {
  const sums = [...byAlgorithm(s.lines.hashrate, names)]
    .filter(([algorithm, lines]) => algorithm !== "" && lines.length > 1)
    .map(([algorithm, lines]) => ({
      key: `all ${algorithm}`,
      label: `All ${algorithm}`,
      values: sum(lines.map((l) => l.values)),
    }));
  return [...sums, ...named(s.lines.hashrate, names)];
}

/** So many steps are one bar of shares. */
const perBar = 6;

export interface ShareBars {
  times: number[];
  /** Seconds that one bar stands for. */
  step: number;
  lines: Line[];
}

/** Shares over all programs, in bars of several steps; the lowest bar of a stack comes first. */
export function shareBars(s: Statistics): ShareBars {
  const step = s.step * perBar;
  const times = [...new Set(s.times.map((t) => Math.floor(t / step) * step))];
  const of = (metric: Metric) => {
    const fine = sum(s.lines[metric].map((l) => l.values));
    return times.map((t) => total(fine.filter((_, i) => Math.floor((s.times[i] ?? 0) / step) * step === t)));
  };
  const lines = [
    { key: "rejected", label: "Rejected", values: of("rejected") },
    { key: "stale", label: "Stale", values: of("stale") },
    { key: "accepted", label: "Accepted", values: of("accepted") },
  ];
  return { times, step, lines };
}

export function shareTotals(s: Statistics): ShareTotals {
  const of = (metric: Metric) => total(s.lines[metric].flatMap((l) => l.values));
  return { accepted: of("accepted"), rejected: of("rejected"), stale: of("stale") };
}

/** The part of all shares that was refused, 0 to 1; null when no share is known. */
export function rejectRatio({ accepted, rejected, stale }: ShareTotals): number | null {
  const all = (accepted ?? 0) + (rejected ?? 0) + (stale ?? 0);
  return all === 0 ? null : (rejected ?? 0) / all;
}

export interface RateTotal {
  /** What it is about: an algorithm, or a program where the algorithm is not known. */
  label: string;
  mean: number | null;
  best: number | null;
}

/** Mean and best hashrate of each algorithm; different algorithms are never added. */
export function rateTotals(s: Statistics, names: Names): RateTotal[] {
  const of = (label: string, lines: DeviceLine[]) => {
    const values = sum(lines.map((l) => l.values));
    return { label, mean: mean(values), best: highest(values) };
  };
  return [...byAlgorithm(s.lines.hashrate, names)]
    .flatMap(([algorithm, lines]) =>
      algorithm === "" ? lines.map((l) => of(named([l], names)[0]?.label ?? "", [l])) : [of(algorithm, lines)],
    )
    .filter((t) => t.mean !== null);
}

/** How much of the time something hashed, 0 to 1. */
export function uptime(s: Statistics): number | null {
  const lines: Values[] = s.lines.hashrate.map((l) => l.values);
  return lines.length === 0 ? null : working(sum(lines));
}

/** All lines of the page with names of their own, for a file. */
export function allLines(s: Statistics, names: Names): Line[] {
  const units: [Metric, string][] = [
    ["hashrate", "hashrate H/s"],
    ["accepted", "accepted shares"],
    ["rejected", "rejected shares"],
    ["stale", "stale shares"],
    ["difficulty", "difficulty"],
    ["temperature", "temperature °C"],
    ["power", "power W"],
  ];
  return units.flatMap(([metric, word]) =>
    named(s.lines[metric], names).map((l) => ({ ...l, key: `${metric} ${l.key}`, label: `${l.label} ${word}` })),
  );
}
