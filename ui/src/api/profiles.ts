import { call, fetchText, seg } from "./rest";
import type { components } from "./schema.gen";
import type { Time } from "./types";

/** What a profile says to its program, with the Mining Platform's keys. */
export type Config = components["schemas"]["Config"];
export type PoolConfig = components["schemas"]["PoolConfig"];

/** A saved way to run a mining program. */
export interface Profile {
  id: string;
  name: string;
  description?: string;
  minerType: string;
  /** Without secrets. */
  config: Config;
  createdAt: Time;
  updatedAt: Time;
  /** 1, 2, 3 …; each save makes one. */
  version: number;
  autostart: boolean;
  /** What its program is called while it runs. */
  instance: string;
  /** Its program is meant to run; null: not known. */
  running: boolean | null;
  /** Keys of the secrets that are kept, such as "password" and "pools[0].password". */
  secrets: string[];
}

export interface ProfileRequest {
  name: string;
  description?: string;
  minerType: string;
  /** A secret that is left out stays as it was, one that is "" is forgotten. */
  config: Config;
  autostart?: boolean;
  /** The version that was changed: refused where there is a newer one. */
  version?: number;
}

export interface ProfileChange {
  /** name, config.pool, config.pools[0].pool … */
  key: string;
  old?: unknown;
  new?: unknown;
  /** Its values are not told. */
  secret: boolean;
}

export interface ProfileVersion {
  version: number;
  name: string;
  description?: string;
  minerType: string;
  config: Config;
  secrets: string[];
  autostart: boolean;
  savedAt: Time;
  savedBy: string;
  reason: string;
  changes: ProfileChange[];
}

export interface LastConfig {
  minerType: string;
  config: Config;
  secrets: string[];
  /** Identity of the profile; null: started without one, or it is gone. */
  profile: string | null;
  at: Time;
}

/** How a program would be run; secrets are kept out. */
export interface Rendered {
  /** Empty: not installed. */
  path: string;
  args: string[];
  files: Record<string, string>;
}

export interface CheckResult {
  ok: boolean;
  errors: { location: string; message: string }[];
  rendered: Rendered | null;
  /** Why rendered is null although all is well. */
  why: string;
}

/** A mining program that adit knows how to run. */
export interface Available {
  name: string;
  description: string;
  aliases: string[] | null;
  installed: boolean;
  path: string;
  version: string;
  /** Not installed: how to get it. */
  why: string;
  feePercent: number | null;
}

const base = "/api/v1/mining/profiles";
const one = (id: string) => `${base}/${seg(id)}`;

export const available = (signal?: AbortSignal) =>
  call<Available[]>("GET", "/api/v1/mining/miners/available", undefined, signal);

export const profiles = {
  list: (signal?: AbortSignal) => call<Profile[]>("GET", base, undefined, signal),
  create: (request: ProfileRequest) => call<Profile>("POST", base, request),
  update: (id: string, request: ProfileRequest) => call<Profile>("PUT", one(id), request),
  remove: (id: string) => call<unknown>("DELETE", one(id)),
  start: (id: string) => call<unknown>("POST", `${one(id)}/start`, {}),
  versions: (id: string, signal?: AbortSignal) =>
    call<ProfileVersion[]>("GET", `${one(id)}/versions`, undefined, signal),
  revert: (id: string, version: number, expected: number) =>
    call<Profile>("POST", `${one(id)}/revert`, { version, expected }),
  last: (signal?: AbortSignal) => call<LastConfig[]>("GET", "/api/v1/profiles/last", undefined, signal),
};

/** One number that an amount is made of. */
export interface EstimateInput {
  name: string;
  value: number | null;
  unit: string;
  at: Time | null;
  source: string | null;
}

/** Money per day; null is unknown, and why says how to mend it. */
export interface DayAmount {
  value: number | null;
  why: string;
  inputs: EstimateInput[];
}

/** What would come of it. It is no promise. */
export interface Estimate {
  at: Time;
  minerType: string;
  coin: string;
  algorithm: string;
  currency: string;
  hashrate: { value: number | null; source: string | null; at: Time | null; threads: number | null; why: string };
  coinsPerDay: number | null;
  revenuePerDay: DayAmount;
  costPerDay: DayAmount;
  feePercent: number | null;
  poolFeePercent: number | null;
  netPerDay: number | null;
  loss: boolean | null;
  sentence: string;
}

/** What is estimated or checked: a configuration, and the profile that it is a change of. */
export interface Draft {
  minerType: string;
  config: Config;
  profileId?: string;
}

export const estimate = (of: { profileId: string } | Omit<Draft, "profileId">, signal?: AbortSignal) =>
  call<Estimate>("POST", "/api/v1/estimate", of, signal);

/** Asks what is wrong with a configuration, and how the program would be run. Nothing is saved or started. */
export const check = (draft: Draft, signal?: AbortSignal) =>
  call<CheckResult>("POST", "/api/v1/profiles/check", draft, signal);

/** A pool that adit recommends, with the source of what is said of it. What no source tells is null or empty. */
export interface RecommendedPool {
  name: string;
  /** stratum+ssl://HOST:PORT where the pool offers that. */
  url: string;
  website: string;
  feePercent: number | null;
  /** PPLNS, PPS … */
  scheme: string;
  /** In coins. */
  minPayout: number | null;
  note: string;
  source: string;
  /** Day of the source's text. */
  dated: string;
  /** Day on which the source was read. */
  checked: string;
  /** Runs on a computer of one's own, beside a node. */
  own: boolean;
}

/** What can be mined, with its pools. */
export interface CoinPools {
  /** XMR */
  coin: string;
  /** Monero */
  name: string;
  note: string;
  pools: RecommendedPool[];
  /** Ways to mine without a pool of others. */
  alternatives: { name: string; text: string; website: string }[];
}

export const pools = (signal?: AbortSignal) => call<CoinPools[]>("GET", "/api/v1/pools", undefined, signal);

export type ExportFormat = "json" | "yaml";

/** Profiles as a file, without secrets; no id: all of them. */
export const exportProfiles = (id: string | null, format: ExportFormat) =>
  fetchText(`/api/v1/profiles/export?${new URLSearchParams(id === null ? { format } : { format, id })}`);

/** What became, or would become, of one entry of a file. */
export interface ImportItem {
  /** Where in the file: "profiles[0]". */
  source: string;
  name: string;
  minerType: string;
  /** same: it is there already, just so. */
  outcome: "create" | "update" | "same" | "refuse";
  /** The key at fault, or empty. */
  field: string;
  /** Why it was refused. */
  why: string;
  /** What was left behind or changed on the way. */
  notes: string[];
}

export interface ImportResult {
  /** What the file was taken for. */
  format: string;
  items: ImportItem[];
  /** What of the file is no profile and was left behind. */
  notes: string[];
}

export interface ImportRequest {
  content: string;
  /** Say what would be made, write nothing. */
  dryRun: boolean;
  /** A profile of the same name becomes what the file says. */
  replace: boolean;
}

export const importProfiles = (request: ImportRequest) =>
  call<ImportResult>("POST", "/api/v1/profiles/import", request);
