import type { Finding } from "./doctor";
import { call } from "./rest";
import type { Time } from "./types";

/** When mining may use this computer, and what that means now. */
export interface PolicyState {
  policy: {
    idle: { enabled: boolean; afterSeconds: number; sources: string[] };
    battery: { pause: boolean };
    thermal: { maxCelsius: number; resumeBelow: number | null; gpuMaxCelsius: number; fanStop: boolean };
    cpu: { maxPercent: number | null };
    user: string;
  };
  use: "idle" | "half" | "all" | "other";
  words: string;
  damaged?: string;
  idle: {
    state: "off" | "nobody" | "idle" | "active" | "lost";
    words: string;
    since: Time | null;
    sources: { name: string; state: string; words: string }[];
  };
  runAs?: string;
}

/** What is left out stays as it is. */
export interface PolicyChange {
  use?: "idle" | "half" | "all";
  idle?: { enabled?: boolean; afterSeconds?: number; sources?: string[] };
  battery?: { pause?: boolean };
  /** resumeBelow 0: ten under the limit. */
  thermal?: { maxCelsius?: number; resumeBelow?: number; gpuMaxCelsius?: number; fanStop?: boolean };
  /** 100: no bound. */
  cpu?: { maxPercent?: number };
  user?: string;
}

export interface Connections {
  at: Time;
  words: string;
  connections: {
    pid: number;
    process: string;
    program: string;
    proto: string;
    state: string;
    local: string;
    remote: string;
    purpose: "pool" | "download" | "feed" | "local" | "unknown";
    words: string;
  }[];
}

export interface FeeProgram {
  device: string;
  name: string;
  program: string;
  declaredPercent: number | null;
  source: "observed" | "declared" | "none";
  miningSeconds: number;
  feeSeconds: number | null;
  sharePercent: number | null;
  rounds: number;
  active: boolean;
  activeSince: Time | null;
  lastRound: { start: Time; seconds: number } | null;
  starts: number;
  words: string;
}

export interface FeeLedger {
  aditPercent: number;
  words: string;
  since: Time | null;
  programs: FeeProgram[];
}

export interface Security {
  words: string;
  ok: number;
  warn: number;
  crit: number;
  checks: Finding[];
}

export interface BackupStatus {
  last: { at: Time; bytes: number; history: boolean; by: string } | null;
  databaseBytes: number | null;
  historyBytes: number | null;
  copies: { schema: number; at: Time; bytes: number }[];
}

export const trust = {
  policy: (signal?: AbortSignal) => call<PolicyState>("GET", "/api/v1/policy", undefined, signal),
  setPolicy: (change: PolicyChange) => call<PolicyState>("PUT", "/api/v1/policy", change),
  connections: (signal?: AbortSignal) => call<Connections>("GET", "/api/v1/connections", undefined, signal),
  fees: (signal?: AbortSignal) => call<FeeLedger>("GET", "/api/v1/fees", undefined, signal),
  security: (signal?: AbortSignal) => call<Security>("GET", "/api/v1/security", undefined, signal),
  backup: (signal?: AbortSignal) => call<BackupStatus>("GET", "/api/v1/backup/status", undefined, signal),
};
