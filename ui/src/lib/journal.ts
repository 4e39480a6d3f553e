import { day, sentence } from "./format";
import type { SectionId } from "./sections";

/** What the journal's entries are about, for their icons, filters and links. */

/** One thing that happened. */
export interface Entry {
  seq: number;
  at: string;
  kind: string;
  /** "info", "warn" or "crit". */
  severity: string;
  /** A device's or rig's id, or empty. */
  subject: string;
  /** Who did it; empty: adit by itself. */
  actor: string;
  text: string;
}

export type Topic = "program" | "pool" | "pause" | "order" | "access" | "install" | "profile" | "care";

export const topics: { topic: Topic; label: string }[] = [
  { topic: "program", label: "Programs" },
  { topic: "pause", label: "Pauses and limits" },
  { topic: "pool", label: "Pools" },
  { topic: "order", label: "Orders" },
  { topic: "profile", label: "Profiles" },
  { topic: "install", label: "Installation" },
  { topic: "access", label: "Consent and access" },
  { topic: "care", label: "adit itself" },
];

const byHead: Record<string, Topic> = {
  miner: "program",
  pool: "pool",
  rig: "pause",
  order: "order",
  consent: "access",
  token: "access",
  session: "access",
  program: "install",
  profile: "profile",
  fee: "program",
};

export function topicOf(kind: string): Topic {
  const head = kind.split(".")[0] ?? "";
  if (kind === "miner.held" || kind === "miner.freed") return "pause";
  return byHead[head] ?? "care";
}

/** Entries that hold every word, of the topics chosen; no topic chosen means all. */
export function choose(entries: Entry[], query: string, topic: Topic | undefined): Entry[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return entries.filter((e) => {
    if (topic && topicOf(e.kind) !== topic) return false;
    const text = `${e.text} ${e.kind} ${e.actor}`.toLowerCase();
    return words.every((w) => text.includes(w));
  });
}

const settingsOf: Record<string, SectionId> = {
  token: "tokens",
  session: "signin",
  backup: "backup",
  feed: "power",
  settings: "general",
};

/** Where an entry leads: the address of what it is about. */
export function placeOf(e: Pick<Entry, "kind" | "subject">): string {
  const topic = topicOf(e.kind);
  if (topic === "install") return "/install";
  if (topic === "profile") return "/profiles";
  const head = e.kind.split(".")[0] ?? "";
  if (e.kind === "rig.policy") return "/settings/policy";
  if (settingsOf[head]) return `/settings/${settingsOf[head]}`;
  const device = e.subject.split("/")[1];
  return `/computer?${device ? `device=${encodeURIComponent(device)}&` : ""}tab=timeline`;
}

/** The entry's words as a sentence; a program's name at their beginning is left as it is written. */
export function wordsIn(e: Pick<Entry, "kind" | "text" | "subject">): string {
  const name = e.subject.split("/")[1];
  const order = /^([a-z-]+): (.*)$/.exec(e.text);
  // An order says what and how it went, "start: done"; its subject says to whom.
  if (e.kind.startsWith("order.") && order) {
    return sentence([order[1]?.replace("-", " "), name].filter(Boolean).join(" ").concat(`: ${order[2]}`));
  }
  return name && e.text.startsWith(name) ? e.text : sentence(e.text);
}

const deeds = new Set([
  ...["restarted", "adopted", "held", "freed", "quarantined", "lost", "failed"].map((x) => `miner.${x}`),
  "pool.switched",
  "profile.autostarted",
]);

/** adit did it by itself: nobody ordered it. An agent says "by NAME" at the end of what it was told to do. */
export function byItself(e: Pick<Entry, "actor" | "kind" | "text">): boolean {
  return e.actor === "" && deeds.has(e.kind) && !/\bwas \w+ by \S+( \(\w+\))?$/.test(e.text);
}

/** Days of entries, newest first, each with its name: "Today", "Yesterday", "Mon 3 Nov". */
export function days(entries: Entry[], nowMs: number): { day: string; entries: Entry[] }[] {
  const out: { day: string; entries: Entry[] }[] = [];
  for (const e of entries) {
    const day = dayName(new Date(e.at), nowMs);
    const last = out.at(-1);
    if (last?.day === day) last.entries.push(e);
    else out.push({ day, entries: [e] });
  }
  return out;
}

function dayName(d: Date, nowMs: number): string {
  const name = day(d);
  if (name === day(new Date(nowMs))) return "Today";
  if (name === day(new Date(nowMs - 86_400_000))) return "Yesterday";
  return name;
}
