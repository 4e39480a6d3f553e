import { call } from "./rest";
import type { Time } from "./types";

/** A number with its age and where it came from; null: not known. */
export interface Figure {
  value: number | null;
  at?: Time | null;
  source?: "typed" | "feed";
}

export interface Figures {
  price: Figure;
  difficulty: Figure;
  reward: Figure;
}

/** What people set about adit itself. How programs run is set in profiles. */
export interface Settings {
  general: {
    profile: "home" | "site";
    currency: string;
    language: string;
    units: "metric" | "imperial";
    /** Empty: the browser's own. */
    timezone: string;
  };
  power: { pricePerKwh: number | null; watts: number | null };
  /** By coin: XMR. */
  figures: Record<string, Figures>;
  feed: Feed;
  notifications: { browser: boolean; sound: boolean; severity: Severity };
}

export type Severity = "info" | "warn" | "crit";

export interface Feed {
  enabled: boolean;
  url: string;
  coin: string;
  /** JSON pointers into the answer; empty: the feed does not tell it. */
  price: string;
  difficulty: string;
  reward: string;
  rewardUnit: number;
  status: { triedAt?: Time | null; okAt?: Time | null; nextAt?: Time | null; error?: string; fails?: number };
}

type Part<T> = T extends object ? { [K in keyof T]?: Part<T[K]> | null } : T;

export const settings = {
  get: (signal?: AbortSignal) => call<Settings>("GET", "/api/v1/settings", undefined, signal),
  /** What is left out stays; null makes it the default again. */
  change: (part: Part<Settings>) => call<Settings>("PUT", "/api/v1/settings", part),
};

export type SettingsChange = Part<Settings>;
