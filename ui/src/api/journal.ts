import type { Entry } from "../lib/journal";
import { call } from "./rest";

export interface JournalFilter {
  after?: number;
  before?: number;
  severity?: "warn" | "crit";
  subject?: string;
  kind?: string;
  since?: string;
  limit?: number;
}

/** What happened, the newest first. */
export async function journal(filter: JournalFilter, signal?: AbortSignal): Promise<Entry[]> {
  const query = new URLSearchParams({ order: "newest" });
  for (const [key, value] of Object.entries(filter)) if (value !== undefined) query.set(key, String(value));
  return (await call<Entry[] | null>("GET", `/api/v1/journal?${query}`, undefined, signal)) ?? [];
}

export interface JournalCheck {
  whole: boolean;
  checked: number;
  words: string;
}

/** Walks the chain of hashes: was anything removed or changed? */
export const checkJournal = () => call<JournalCheck>("GET", "/api/v1/journal/check");
