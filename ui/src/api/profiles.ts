import { call, seg } from "./rest";
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
