import type { Device } from "../api/types";
import { ageSeconds } from "./format";

/** Seconds between two readings of a device. */
export const interval = 2;

/** fresh: shown as it is. old: dimmed, with its age. gone: a dash, with the last value on hover. */
export type Freshness = "fresh" | "old" | "gone";

/** How far a device's last reading may be believed. One more interval is allowed for the way to the browser. */
export function freshness(d: Pick<Device, "at" | "stale">, nowMs: number): Freshness {
  const age = ageSeconds(d.at, nowMs);
  if (age === null) return "gone";
  if (age > 10 * interval) return "gone";
  return d.stale || age > 3 * interval ? "old" : "fresh";
}
