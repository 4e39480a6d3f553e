import type { Entry } from "./journal";
import { Remembered } from "./remembered";

/** What the bell tells: warnings, critical things, and installations that ended. */

/** Entries of several questions as one list, the newest first, each once. */
export function merge(...lists: Entry[][]): Entry[] {
  const bySeq = new Map<number, Entry>();
  for (const e of lists.flat()) bySeq.set(e.seq, e);
  return [...bySeq.values()].sort((a, b) => b.seq - a.seq);
}

/** Notes are told only when they say that an installation ended. */
export function worthTelling(e: Entry): boolean {
  return e.severity !== "info" || e.kind === "program.installed";
}

export interface ReadMark {
  /** Entries up to this number were read. */
  upTo: number;
}

/** Kept per browser: what one person read on a telephone is not read at the desk. */
export const readMark = new Remembered<ReadMark>("adit.read", (raw) => {
  const upTo = (raw as ReadMark | null)?.upTo;
  return { upTo: typeof upTo === "number" && Number.isFinite(upTo) ? upTo : -1 };
});

/** Which of the entries are unread. A mark that lies beyond the newest entry is of another adit: then all are unread. */
export function unread(entries: Entry[], mark: ReadMark): Entry[] {
  const newest = entries[0]?.seq ?? 0;
  const upTo = mark.upTo > newest ? -1 : mark.upTo;
  return entries.filter((e) => e.seq > upTo);
}

/** What came since: critical things are told at once, but not those that were there when the page was opened. */
export function fresh(entries: Entry[], seen: number | null, severities: readonly string[]): Entry[] {
  if (seen === null) return [];
  return entries.filter((e) => e.seq > seen && severities.includes(e.severity));
}
