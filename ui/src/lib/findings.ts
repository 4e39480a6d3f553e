import type { Finding } from "../api/doctor";
import { plural } from "./format";

export type FindingState = "ok" | "info" | "warn" | "crit";

const rank: Record<FindingState, number> = { crit: 0, warn: 1, info: 2, ok: 3 };
const titles: Record<string, string> = {
  mining: "Mining",
  programs: "Mining programs",
  computer: "This computer",
  adit: "adit",
};

/** The state of a finding; a word that this app does not know is a note. */
export function stateOf(f: Pick<Finding, "state">): FindingState {
  return f.state in rank ? (f.state as FindingState) : "info";
}

export interface Group {
  name: string;
  title: string;
  findings: Finding[];
}

/** Findings by group, the groups with the worst first; within a group the worst first. */
export function grouped(findings: Finding[]): Group[] {
  const groups = new Map<string, Finding[]>();
  for (const f of findings) {
    const name = f.group || "other";
    groups.set(name, [...(groups.get(name) ?? []), f]);
  }
  const worst = (fs: Finding[]) => Math.min(...fs.map((f) => rank[stateOf(f)]));
  return [...groups]
    .map(([name, fs]) => ({
      name,
      title: titles[name] ?? "Other",
      findings: [...fs].sort((a, b) => rank[stateOf(a)] - rank[stateOf(b)]),
    }))
    .sort((a, b) => worst(a.findings) - worst(b.findings));
}

/** How it is, in one sentence without its full stop: "12 checks, all good" or "2 of 12 checks need you". */
export function verdict(findings: Finding[]): { state: FindingState; words: string } {
  const bad = findings.filter((f) => rank[stateOf(f)] < rank.info);
  const crit = bad.some((f) => stateOf(f) === "crit");
  if (bad.length === 0) return { state: "ok", words: `${plural(findings.length, "check")}, all good` };
  const need = bad.length === 1 ? "needs" : "need";
  return {
    state: crit ? "crit" : "warn",
    words: `${bad.length} of ${plural(findings.length, "check")} ${need} you`,
  };
}

/** The report as text, to paste where one asks for help. */
export function report(findings: Finding[]): string {
  return findings
    .map((f) => {
      const fix = f.command || f.fix;
      return `[${stateOf(f)}] ${f.name}: ${f.text}${fix && stateOf(f) !== "ok" ? `\n      fix: ${fix}` : ""}`;
    })
    .join("\n");
}
