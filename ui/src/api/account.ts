import { call, seg } from "./rest";
import type { Time } from "./types";

export type Scope = "metrics" | "read" | "control" | "consent" | "owner";

/** A key for a program. Its secret is told once, when it is made. */
export interface Token {
  id: string;
  name: string;
  scopes: string[];
  createdAt: Time;
  /** null: never. */
  lastUsedAt: Time | null;
  /** null: it does not expire. */
  expiresAt: Time | null;
  expired: boolean;
}

/** A browser that is signed in. */
export interface Login {
  id: string;
  createdAt: Time;
  expiresAt: Time;
  lastSeenAt: Time | null;
  /** What the browser calls itself; empty: not told. */
  userAgent: string;
  /** It is this browser. */
  current: boolean;
}

export const account = {
  tokens: async (signal?: AbortSignal) =>
    (await call<Token[] | null>("GET", "/api/v1/tokens", undefined, signal)) ?? [],
  newToken: (wish: { name: string; scopes: string[]; expiresIn?: number }) =>
    call<Token & { secret: string }>("POST", "/api/v1/tokens", wish),
  revoke: (id: string) => call<unknown>("DELETE", `/api/v1/tokens/${seg(id)}`),
  logins: async (signal?: AbortSignal) =>
    (await call<Login[] | null>("GET", "/api/v1/sessions", undefined, signal)) ?? [],
  endLogin: (id: string) => call<unknown>("DELETE", `/api/v1/sessions/${seg(id)}`),
  newLink: () => call<{ url: string; expiresAt: Time }>("POST", "/api/v1/links", {}),
};
