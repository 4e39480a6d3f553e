import { grid, type Line, onGrid } from "../lib/matrix";
import type { Range } from "../lib/timerange";
import { call } from "./rest";
import type { Time } from "./types";

/** The numbers that the page of statistics draws. */
export const metrics = ["hashrate", "accepted", "rejected", "stale", "difficulty", "temperature", "power"] as const;

export type Metric = (typeof metrics)[number];

/** GET /api/v1/history/chart. Of shares, a point is how many came within the step. */
export interface Chart {
  since: Time;
  until: Time;
  /** Seconds between points. */
  step: number;
  lines: {
    metric: string;
    unit: string;
    device: string;
    points: { t: Time; value: number | null }[];
  }[];
}

/** One run of a mining program from start to end. null is unknown. */
export interface Session {
  id: string;
  device: string;
  minerName: string;
  program: string;
  algorithm: string | null;
  /** Identity of the profile it was started from. */
  profile: string | null;
  startedAt: Time;
  /** null: it runs. */
  stoppedAt: Time | null;
  accepted: number | null;
  rejected: number | null;
  stale: number | null;
  /** H/s over the session. */
  averageHashrate: number | null;
  lastSeenAt: Time | null;
  /** Why it ended. */
  reason: string;
}

/** A line of a device. */
export interface DeviceLine extends Line {
  device: string;
}

export interface Statistics {
  times: number[];
  step: number;
  lines: Record<Metric, DeviceLine[]>;
}

const iso = (seconds: number) => new Date(seconds * 1000).toISOString();

/** Everything the page draws for a range, on one grid. */
export async function statistics(device: string | null, range: Range, signal?: AbortSignal): Promise<Statistics> {
  const query = new URLSearchParams({
    metrics: metrics.join(","),
    since: iso(range.from),
    until: iso(range.to),
    step: String(range.step),
  });
  if (device !== null) query.set("device", device);
  return onOneGrid(await call<Chart>("GET", `/api/v1/history/chart?${query}`, undefined, signal), range);
}

export function onOneGrid(chart: Chart, range: Pick<Range, "from" | "to">): Statistics {
  const { step } = chart;
  const times = grid(range.from, range.to, step);
  const lines = Object.fromEntries(metrics.map((m) => [m, [] as DeviceLine[]])) as Record<Metric, DeviceLine[]>;
  for (const l of chart.lines) {
    lines[l.metric as Metric]?.push({
      key: l.device,
      label: l.device,
      device: l.device,
      values: onGrid(l.points, times, step),
    });
  }
  return { times, step, lines };
}

/** Runs that were going on within a range, the newest first. */
export function sessions(device: string | null, range: Range, signal?: AbortSignal): Promise<Session[]> {
  const query = new URLSearchParams({ since: iso(range.from), until: iso(range.to + range.step), limit: "200" });
  if (device !== null) query.set("device", device);
  return call("GET", `/api/v1/history/sessions?${query}`, undefined, signal);
}
