/** Readings of several devices, laid on one grid of time. Unknown is null, never zero. */

export type Values = (number | null)[];

/** One line of a chart. */
export interface Line {
  key: string;
  label: string;
  values: Values;
}

/** The moments from from to to, both included. */
export function grid(from: number, to: number, step: number): number[] {
  const out: number[] = [];
  for (let t = from; t <= to; t += step) out.push(t);
  return out;
}

/** Readings on the grid: a moment without one is null. */
export function onGrid(points: { t: string; value: number | null }[], times: number[], step: number): Values {
  const out: Values = times.map(() => null);
  const first = times[0];
  if (first === undefined) return out;
  for (const { t, value } of points) {
    const i = Math.round((Date.parse(t) / 1000 - first) / step);
    if (i >= 0 && i < out.length && value !== null) out[i] = value;
  }
  return out;
}

/** The sum over lines of what is known at each moment; null where nothing is. */
export function sum(lines: Values[]): Values {
  const longest = lines.reduce((n, l) => Math.max(n, l.length), 0);
  return Array.from({ length: longest }, (_, i) =>
    lines.reduce<number | null>((total, l) => {
      const v = l[i];
      return v === null || v === undefined ? total : (total ?? 0) + v;
    }, null),
  );
}

/** All that is known added up; null where nothing is. */
export function total(values: Values): number | null {
  const all = known(values);
  return all.length === 0 ? null : all.reduce((a, b) => a + b, 0);
}

const known = (values: Values) => values.filter((v): v is number => v !== null);

export function mean(values: Values): number | null {
  const all = known(values);
  return all.length === 0 ? null : all.reduce((a, b) => a + b, 0) / all.length;
}

export function highest(values: Values): number | null {
  const all = known(values);
  return all.length === 0 ? null : all.reduce((a, b) => Math.max(a, b));
}

/** How much of the time since the first reading it was above zero, 0 to 1; null when there is no reading. */
export function working(values: Values): number | null {
  const first = values.findIndex((v) => v !== null);
  if (first < 0) return null;
  const since = values.slice(first);
  return since.filter((v) => v !== null && v > 0).length / since.length;
}

/** Lines for a spreadsheet: times in RFC 3339, unknown left empty. */
export function csv(times: number[], lines: { label: string; values: Values }[]): string {
  const cell = (s: string) => (/[",\n]/.test(s) ? `"${s.replaceAll('"', '""')}"` : s);
  const head = ["time", ...lines.map((l) => cell(l.label))].join(",");
  const rows = times.map((t, i) =>
    [new Date(t * 1000).toISOString(), ...lines.map((l) => l.values[i] ?? "")].join(","),
  );
  return `${[head, ...rows].join("\n")}\n`;
}

/** At most n of the moments, evenly, the newest always among them: for a table that a person can read. */
export function sample(count: number, n: number): number[] {
  if (count <= n) return Array.from({ length: count }, (_, i) => i);
  const every = Math.ceil(count / n);
  const out: number[] = [];
  for (let i = count - 1; i >= 0; i -= every) out.unshift(i);
  return out;
}
