import { call } from "./rest";

/** One thing that doctor looked at. */
export interface Finding {
  name: string;
  /** "ok", "info", "warn" or "crit". */
  state: string;
  text: string;
  /** What to do, in words; empty: nothing. */
  fix: string;
  /** "mining", "computer", "programs" or "adit". */
  group?: string;
  /** The fix as a line for a shell. */
  command?: string;
}

/** Looks at this computer now. */
export async function examine(signal?: AbortSignal): Promise<Finding[]> {
  return (await call<Finding[] | null>("GET", "/api/v1/doctor", undefined, signal)) ?? [];
}
