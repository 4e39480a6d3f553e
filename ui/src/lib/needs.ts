import type { Installed, InstallJob } from "../api/install";
import type { Host, Need, Policy } from "../api/types";
import { celsius } from "./format";

/** What a person may want to see to beside what the server lists: the state of programs, and what holds mining back. */

const page = (label: string, href: string) => ({ label, href });

/** Programs that were removed or changed behind adit's back. */
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

/** Why mining rests although nobody paused it. It needs no one, but one may wonder. */
export function holds(policy: Policy | undefined, host: Host | undefined): Need[] {
  if (!policy) return [];
  const out: Need[] = [];
  const change = page("Change it", "/settings/policy");
  if (policy.idle.enabled && policy.idle.state === "active") {
    out.push({
      id: "hold/active",
      severity: "info",
      text: "Mining waits: somebody uses this computer.",
      action: change,
    });
  }
  if (policy.idle.enabled && policy.idle.state === "lost") {
    const text = `Mining waits: whether somebody uses this computer cannot be told any more. ${policy.idle.words}`;
    out.push({ id: "hold/lost", severity: "warn", text, action: change });
  }
  if (policy.battery.pause && host?.battery?.present && host.battery.onBattery) {
    out.push({
      id: "hold/battery",
      severity: "info",
      text: "Mining waits: this computer runs on battery.",
      action: change,
    });
  }
  const heat = host?.cpu.temperature ?? null;
  if (heat !== null && heat >= policy.thermal.maxCelsius) {
    const text = `Mining stops: the processor has ${celsius(heat)}, the limit is ${celsius(policy.thermal.maxCelsius)}.`;
    out.push({ id: "hold/heat", severity: "warn", text, action: change });
  }
  if (policy.damaged) {
    const text = `The recorded policy cannot be used, so the safe defaults hold: ${policy.damaged}`;
    out.push({ id: "policy/damaged", severity: "warn", text, action: page("Set it anew", "/settings/policy") });
  }
  return out;
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
