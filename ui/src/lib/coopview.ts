import type { Door, Member, Share, Upstream } from "../api/coop";
import type { Shape } from "../parts/StateMark";

/** The parts of the page of the crew. */
export const coopTabs = [
  { id: "members", label: "Members" },
  { id: "work", label: "Work" },
  { id: "payout", label: "Payout" },
  { id: "ledger", label: "Ledger" },
] as const;

export type CoopTab = (typeof coopTabs)[number]["id"];

/** What of the page stands in its address. */
export interface CoopSearch {
  part?: CoopTab | undefined;
  member?: string | undefined;
  q?: string | undefined;
  sort?: string | undefined;
  status?: string | undefined;
}

/** The ways to sort the members; the first is the usual one. */
export const memberSorts = [
  { value: "-hashrate", label: "Hashrate" },
  { value: "name", label: "Name" },
  { value: "-share", label: "Share of the window" },
  { value: "-owed", label: "Owed" },
  { value: "-shares", label: "Accepted shares" },
  { value: "-lastShare", label: "Last share" },
  { value: "status", label: "Status" },
] as const;

export const memberStatuses = [
  { value: "", label: "All" },
  { value: "online", label: "Online" },
  { value: "offline", label: "Offline" },
  { value: "suspended", label: "Suspended" },
] as const;

const short = (v: unknown) => (typeof v === "string" && v !== "" && v.length <= 256 ? v : undefined);

/** Reads the address; what it cannot mean is left out. */
export function readCoopSearch(raw: Record<string, unknown>): CoopSearch {
  const out: CoopSearch = {};
  const tab = coopTabs.find((t) => t.id === raw.part)?.id;
  if (tab && tab !== "members") out.part = tab;
  const sort = memberSorts.find((s) => s.value === raw.sort)?.value;
  if (sort && sort !== memberSorts[0].value) out.sort = sort;
  const status = memberStatuses.find((s) => s.value === raw.status)?.value;
  if (status) out.status = status;
  for (const key of ["member", "q"] as const) {
    const v = short(typeof raw[key] === "number" ? String(raw[key]) : raw[key]);
    if (v) out[key] = v;
  }
  return out;
}

/** A member's status as colour, shape and word. */
export function memberState(m: Pick<Member, "status" | "paused" | "bannedUntil">): { state: Shape; word: string } {
  if (m.status === "suspended") return { state: "crit", word: "suspended" };
  if (m.bannedUntil) return { state: "warn", word: "shut out" };
  if (m.status === "offline") return { state: "stopped", word: "offline" };
  if (m.paused) return { state: "paused", word: "paused" };
  if (m.status === "idle") return { state: "info", word: "idle" };
  return { state: "ok", word: "mining" };
}

export function upstreamState(u: Pick<Upstream, "state" | "active">): { state: Shape; word: string } {
  if (u.state === "connected" && u.active) return { state: "ok", word: "in use" };
  if (u.state === "connected") return { state: "info", word: "connected" };
  if (u.state === "waiting") return { state: "idle", word: "waiting" };
  if (u.state === "connecting") return { state: "starting", word: "connecting" };
  return { state: "crit", word: "failed" };
}

const outcomes: Record<string, string> = {
  accepted: "accepted",
  block: "block",
  stale: "stale",
  duplicate: "duplicate",
  low_difficulty: "too easy",
  unknown_job: "unknown job",
  malformed: "malformed",
  unauthorized: "not let in",
};

export function shareState(s: Pick<Share, "outcome">): { state: Shape; word: string } {
  const word = outcomes[s.outcome] ?? s.outcome;
  if (s.outcome === "accepted" || s.outcome === "block") return { state: "ok", word };
  return { state: s.outcome === "stale" ? "info" : "warn", word };
}

/** The address that a member types to come in by a door. */
export function doorAddress(d: Pick<Door, "kind" | "address" | "tls">): string {
  return d.kind === "stratum" ? `stratum+tcp://${d.address}` : d.address;
}

/** Parts of the bar of the window: the largest, and all others together. */
export function barParts<T extends { name: string; percent: number }>(parts: readonly T[], most = 8) {
  const shown = parts.slice(0, most).map((p) => ({ name: p.name, percent: p.percent, rest: false }));
  const left = parts.slice(most);
  if (left.length > 0) {
    const percent = left.reduce((sum, p) => sum + p.percent, 0);
    shown.push({ name: `${left.length} more`, percent, rest: true });
  }
  return shown;
}
