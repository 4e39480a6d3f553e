import type { CatalogueEntry, Installed, InstallJob } from "../api/install";

/** A mining program: what the catalogue offers of it for this computer, and what is installed. */
export interface Program {
  name: string;
  title: string;
  /** Offered for this computer, newest first, as the catalogue orders them. */
  offers: CatalogueEntry[];
  /** In the catalogue, but for other systems only. */
  elsewhere: string[];
  installed: Installed[];
  job: InstallJob | null;
}

/** All programs: those of the catalogue and those that are installed from elsewhere. */
export function programs(entries: CatalogueEntry[], installed: Installed[], jobs: InstallJob[]): Program[] {
  const names = new Set([
    ...entries.map((e) => e.program),
    ...installed.map((i) => i.program),
    ...jobs.filter(underWay).map((j) => j.program),
  ]);
  return [...names]
    .map((name) => program(name, entries, installed, jobs))
    .sort((a, b) => rank(a) - rank(b) || a.title.localeCompare(b.title, "en") || (a.name < b.name ? -1 : 1));
}

/** What is here or comes stands first, then what can be had. */
const rank = (p: Program) => (p.installed.length > 0 || (p.job && underWay(p.job)) ? 0 : p.offers.length > 0 ? 1 : 2);

function program(name: string, entries: CatalogueEntry[], installed: Installed[], jobs: InstallJob[]): Program {
  const own = entries.filter((e) => e.program === name);
  const mine = installed.filter((i) => i.program === name);
  return {
    name,
    title: own[0]?.title || name,
    offers: own.filter((e) => e.here).sort((a, b) => compareVersions(b.version, a.version)),
    elsewhere: [...new Set(own.filter((e) => !e.here).map((e) => e.platform))].sort(),
    installed: mine.sort((a, b) => Number(b.current) - Number(a.current) || compareVersions(b.version, a.version)),
    job: newest(jobs.filter((j) => j.program === name)),
  };
}

function newest(jobs: InstallJob[]): InstallJob | null {
  return jobs.reduce<InstallJob | null>((a, b) => (a === null || b.at > a.at ? b : a), null);
}

/** It goes on. */
export function underWay(job: Pick<InstallJob, "phase">): boolean {
  return job.phase !== "done" && job.phase !== "failed" && job.phase !== "cancelled";
}

/** Compares versions part by part: 6.9.0 comes before 6.26.0. */
export function compareVersions(a: string, b: string): number {
  const parts = (v: string) => v.replace(/^v/, "").split(/[.+-]/);
  const [x, y] = [parts(a), parts(b)];
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const [p = "0", q = "0"] = [x[i], y[i]];
    const [n, m] = [Number(p), Number(q)];
    const order = Number.isNaN(n) || Number.isNaN(m) ? p.localeCompare(q, "en") : n - m;
    if (order !== 0) return Math.sign(order);
  }
  return 0;
}

/** The version that an update would bring; null when there is none. */
export function updateOf(p: Program): string | null {
  const current = p.installed.find((i) => i.current) ?? p.installed[0];
  const best = p.offers[0];
  return current && best && compareVersions(best.version, current.version) > 0 ? best.version : null;
}

/** Who stands for the program, in words. */
export function sourceWords(source: string): string {
  if (source === "open") return "Open source";
  if (source === "closed") return "Closed source";
  return "Source unknown";
}

/** A fee in words; an unknown one is said to be unknown, never zero. */
export function feeWords(percent: number | null): string {
  if (percent === null) return "Fee unknown";
  return percent === 0 ? "No fee" : `Fee ${percent} %`;
}
