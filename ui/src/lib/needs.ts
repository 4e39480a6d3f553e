import type { Installed, InstallJob } from "../api/install";
import type { Need } from "../api/types";

/**
 * What a person may want to see to beside what the server lists: programs and their installation. What holds mining back
 * and programs that were removed are in the server's list, the latter under the same ids, so that nothing comes twice.
 */

const page = (label: string, href: string) => ({ label, href });

/** Programs that were removed or changed behind adit's back; the list of programs also finds a file changed within. */
export function brokenPrograms(installed: Installed[]): Need[] {
  return installed
    .filter((i) => i.current && i.state !== "ok")
    .map((i) => ({
      id: `program/${i.program}`,
      severity: "crit",
      text: `${i.program} ${i.version}: ${i.words || (programWords[i.state] ?? "it cannot be used")}`,
      action: page("See what to do", "/install"),
    }));
}

const programWords: Record<string, string> = {
  missing: "it was removed, likely by an antivirus",
  changed: "it was changed since it was installed and is not started",
  quarantined: "it does not match its recorded digest and is not started",
};

export interface Update {
  program: string;
  from: string;
  to: string;
  pinned: boolean;
}

export function updatesAvailable(updates: Update[]): Need[] {
  return updates
    .filter((u) => !u.pinned)
    .map((u) => ({
      id: `update/${u.program}`,
      severity: "info",
      text: `${u.program} ${u.to} is in the catalogue; ${u.from} is installed.`,
      action: page("Look at it", "/install"),
    }));
}

/** Installations that failed within the last hour. */
export function failedInstalls(jobs: InstallJob[]): Need[] {
  return jobs
    .filter((j) => j.phase === "failed")
    .map((j) => ({
      id: `install/${j.id}`,
      severity: "warn",
      text: `${j.program} ${j.version} could not be installed: ${j.reason || "no reason was given"}`,
      action: page("Try again", "/install"),
    }));
}

const rank = { crit: 0, warn: 1, info: 2 };

/** At most this many: who has more to see to sees the worst. */
export const most = 7;

/** The worst first, each once, in the order they came within a severity. */
export function ranked(...lists: Need[][]): Need[] {
  const byId = new Map<string, Need>();
  for (const n of lists.flat()) if (!byId.has(n.id)) byId.set(n.id, n);
  return [...byId.values()].sort((a, b) => rank[a.severity] - rank[b.severity]);
}
