import { type Topic, topics } from "./journal";
import type { Level } from "./log";

/** What of the computer is shown; all of it stands in the address. */

export const tabs = [
  { id: "now", label: "Now" },
  { id: "charts", label: "Charts" },
  { id: "timeline", label: "Timeline" },
  { id: "config", label: "Config" },
  { id: "logs", label: "Logs" },
] as const;

export type TabId = (typeof tabs)[number]["id"];

export const ranges = [
  { minutes: 15, label: "15 min", span: "the last 15 minutes" },
  { minutes: 60, label: "1 h", span: "the last hour" },
  { minutes: 360, label: "6 h", span: "the last 6 hours" },
  { minutes: 1440, label: "24 h", span: "the last 24 hours" },
] as const;

export interface ComputerSearch {
  /** Name of the device that is shown. */
  device?: string | undefined;
  tab?: TabId | undefined;
  /** Minutes of the charts. */
  range?: number | undefined;
  /** Words that the shown lines of a log or timeline hold. */
  q?: string | undefined;
  /** Lines of the log that are at least this. */
  level?: Exclude<Level, "info"> | undefined;
  /** What the shown entries of the timeline are about. */
  topic?: Topic | undefined;
  /** The timeline of the chosen program alone. */
  only?: boolean | undefined;
}

/** Reads an address; what is none of it is left out. */
export function readComputerSearch(raw: Record<string, unknown>): ComputerSearch {
  const search: ComputerSearch = {};
  const text = (v: unknown) => (typeof v === "string" || typeof v === "number" ? String(v) : "");
  if (text(raw.device) !== "") search.device = text(raw.device);
  const tab = tabs.find((t) => t.id === raw.tab)?.id;
  if (tab && tab !== "now") search.tab = tab;
  if (ranges.some((r) => r.minutes === raw.range)) search.range = raw.range as number;
  if (text(raw.q) !== "") search.q = text(raw.q).slice(0, 200);
  if (raw.level === "warn" || raw.level === "crit") search.level = raw.level;
  const topic = topics.find((t) => t.topic === raw.topic)?.topic;
  if (topic) search.topic = topic;
  if (raw.only === true) search.only = true;
  return search;
}

/** The next longer range; after the longest the shortest. */
export function nextRange(minutes: number): number {
  const i = ranges.findIndex((r) => r.minutes === minutes);
  return (ranges[(i + 1) % ranges.length] ?? ranges[0]).minutes;
}
