import type { Host } from "../api/types";
import { count, plural } from "./format";

/** "never since boot", "12 times, now"; null: unknown. */
export function throttled(t: Host["cpu"]["throttle"]): string | null {
  if (t === null) return null;
  if (t.count === 0) return "never since boot";
  const times = t.count === 1 ? "once" : plural(t.count, "time");
  return t.now ? `${times}, now` : `${times} since boot`;
}

/** The fastest fan, and a line for each that turns when there are several; those that stand still are counted. */
export function fansNow(fans: Host["fans"]): { value: string; lines: string[] } | null {
  if (fans === null || fans.length === 0) return null;
  const turning = fans.filter((f) => f.rpm > 0).sort((a, b) => b.rpm - a.rpm);
  const still = fans.length - turning.length;
  const [first] = turning;
  const lines = turning.length > 1 ? turning.map((f) => `${f.name}: ${rpm(f.rpm)}`) : turning.map((f) => f.name);
  if (still > 0)
    lines.push(`${plural(still, "fan")} ${still === 1 ? "stands" : "stand"} still, or none is connected there`);
  return { value: first ? rpm(first.rpm) : "none turns", lines };
}

const rpm = (n: number) => `${count(n)} rpm`;
