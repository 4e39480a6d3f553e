import type { Config } from "../api/profiles";
import type { Device } from "../api/types";

/** What was asked for and what is, of one thing. null: unknown, or not said. */
export interface Pair {
  label: string;
  wanted: string | null;
  is: string | null;
  /** null: it cannot be told whether they agree. */
  agrees: boolean | null;
}

/** HOST:PORT of a pool's address, in any of its forms. */
export function poolHost(url: string): string {
  return url
    .trim()
    .toLowerCase()
    .replace(/^[a-z0-9+.-]+:\/\//, "")
    .replace(/[/?#].*$/, "");
}

const states: Record<Device["desired"], string> = { running: "running", stopped: "stopped", paused: "paused" };

/** Whether the program runs as it should. */
export function compare(config: Config | null, d: Device): Pair[] {
  const runs = !["stopped", "failed", "quarantined", "held"].includes(d.work);
  const pairs: Pair[] = [
    {
      label: "State",
      wanted: states[d.desired],
      is: d.work,
      agrees: d.desired === "running" ? runs && d.work !== "paused" : d.desired === d.work,
    },
  ];
  if (config === null) return pairs;
  const pools = [config.pool, ...(config.pools ?? []).map((p) => p.pool)].filter((p): p is string => Boolean(p));
  if (pools.length > 0) {
    const at = d.pool === null ? -1 : pools.findIndex((p) => poolHost(p) === poolHost(d.pool?.url ?? ""));
    pairs.push({
      label: "Pool",
      wanted: pools.length === 1 ? (pools[0] ?? null) : `${pools[0]} and ${pools.length - 1} more`,
      is: d.pool?.url ?? null,
      agrees: d.pool === null ? null : at === 0,
    });
  }
  const threads = config.threads ?? null;
  pairs.push({
    label: "Threads",
    wanted: threads === null || threads === 0 ? "the program's choice" : String(threads),
    is: d.threads.length === 0 ? null : String(d.threads.length),
    agrees: d.threads.length === 0 ? null : !threads || threads === d.threads.length,
  });
  if (config.algo) {
    pairs.push({
      label: "Algorithm",
      wanted: config.algo,
      is: d.algorithm,
      agrees: d.algorithm === null ? null : d.algorithm.toLowerCase() === config.algo.toLowerCase(),
    });
  }
  if (config.hugePages !== undefined && config.hugePages !== null) {
    const got = d.hugePages;
    pairs.push({
      label: "Huge pages",
      wanted: config.hugePages ? "all it can get" : "none",
      is: got === null ? null : `${got.got} of ${got.wanted}`,
      agrees: got === null ? null : config.hugePages ? got.got >= got.wanted : got.got === 0,
    });
  }
  if (config.randomXMode === "light" || config.randomXMode === "fast") {
    pairs.push({
      label: "Mode",
      wanted: config.randomXMode,
      is: d.mode,
      agrees: d.mode === null ? null : d.mode === config.randomXMode,
    });
  }
  return pairs;
}
