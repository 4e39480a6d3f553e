import type { Config, PoolConfig, Profile, ProfileRequest } from "../api/profiles";
import { type KeySpec, keyGroups } from "./configkeys";

/** A pool as it stands in the form. */
export interface PoolForm {
  /** For React; it means nothing. */
  id: number;
  url: string;
  password: string;
  /** A password is kept; forget: take it away at the next save. */
  kept: boolean;
  forget: boolean;
  rigId: string;
  tls: Tri;
  fingerprint: string;
  nicehash: boolean;
  /** Empty for a further pool: the same as the first's. */
  wallet: string;
}

/** Yes, no, or the program's own choice. */
export type Tri = "" | "true" | "false";

/** A profile as a person types it: everything is text until it is sent. */
export interface ProfileForm {
  name: string;
  description: string;
  minerType: string;
  coin: string;
  wallet: string;
  threads: string;
  autostart: boolean;
  pools: PoolForm[];
  /** All other keys, by name; absent or empty: not given. */
  more: Record<string, string>;
  /** Keys of secrets that are kept, and those of them that shall be forgotten. */
  kept: string[];
  forget: string[];
}

let nextPool = 1;

export function emptyPool(url = ""): PoolForm {
  return {
    id: nextPool++,
    url,
    password: "",
    kept: false,
    forget: false,
    rigId: "",
    tls: "",
    fingerprint: "",
    nicehash: false,
    wallet: "",
  };
}

export function emptyForm(minerType: string): ProfileForm {
  return {
    name: "",
    description: "",
    minerType,
    coin: "",
    wallet: "",
    threads: "",
    autostart: false,
    pools: [emptyPool()],
    more: {},
    kept: [],
    forget: [],
  };
}

const tri = (v: boolean | null | undefined): Tri => (v === true ? "true" : v === false ? "false" : "");

function poolForm(p: Partial<PoolConfig>, kept: boolean): PoolForm {
  return {
    ...emptyPool(p.pool ?? ""),
    kept,
    rigId: p.rigId ?? "",
    tls: tri(p.tls),
    fingerprint: p.tlsFingerprint ?? "",
    nicehash: p.nicehash === true,
    wallet: p.wallet ?? "",
  };
}

const specs: KeySpec[] = keyGroups().flatMap((g) => g.keys);

/** The form of a saved profile. */
export function formOf(
  p: Pick<Profile, "name" | "description" | "minerType" | "config" | "secrets" | "autostart">,
): ProfileForm {
  const c = p.config;
  const more: Record<string, string> = {};
  for (const { key } of specs) {
    const value = (c as Record<string, unknown>)[key];
    if (value !== undefined && value !== null && value !== "") more[key] = String(value);
  }
  const further = (c.pools ?? []).map((f, i) => poolForm(f, p.secrets.includes(`pools[${i}].password`)));
  return {
    name: p.name,
    description: p.description ?? "",
    minerType: p.minerType,
    coin: c.coin ?? "",
    wallet: c.wallet ?? "",
    threads: c.threads ? String(c.threads) : "",
    autostart: p.autostart,
    pools: [{ ...poolForm({ ...c, pool: c.pool ?? "", wallet: "" }, p.secrets.includes("password")) }, ...further],
    more,
    kept: p.secrets.filter((s) => !s.includes("password")),
    forget: [],
  };
}

/** A value as the key's type wants it; text that is no number stays text, so that the server names the key and the fix. */
function typedValue(spec: KeySpec, typed: string): unknown {
  if (spec.kind === "boolean") return typed === "true";
  if (spec.kind === "number") return number(typed);
  return typed;
}

const number = (typed: string): unknown => (/^-?\d+$/.test(typed.trim()) ? Number(typed) : typed);

function poolConfig(p: PoolForm): Record<string, unknown> {
  const out: Record<string, unknown> = { pool: p.url.trim() };
  if (p.password !== "") out.password = p.password;
  else if (p.forget) out.password = "";
  if (p.rigId.trim()) out.rigId = p.rigId.trim();
  if (p.tls) out.tls = p.tls === "true";
  if (p.fingerprint.trim()) out.tlsFingerprint = p.fingerprint.trim();
  if (p.nicehash) out.nicehash = true;
  return out;
}

/** The configuration that the form stands for. Further pools that are left empty fall out. */
export function configOf(form: ProfileForm): Config {
  const [first = emptyPool(), ...further] = form.pools;
  const out: Record<string, unknown> = poolConfig(first);
  if (out.pool === "") delete out.pool;
  if (form.wallet.trim()) out.wallet = form.wallet.trim();
  if (form.coin) out.coin = form.coin;
  if (form.threads.trim()) out.threads = number(form.threads);
  const rest = further.filter((p) => p.url.trim() !== "");
  if (rest.length > 0) {
    out.pools = rest.map((p) => ({ ...poolConfig(p), ...(p.wallet.trim() ? { wallet: p.wallet.trim() } : {}) }));
  }
  for (const spec of specs) {
    const typed = form.more[spec.key] ?? "";
    if (typed !== "") out[spec.key] = typedValue(spec, typed);
    else if (form.forget.includes(spec.key)) out[spec.key] = "";
  }
  return out as Config;
}

/** What is sent; version is that which the form was made from. */
export function requestOf(form: ProfileForm, version: number | null): ProfileRequest {
  return {
    name: form.name.trim(),
    ...(form.description.trim() ? { description: form.description.trim() } : {}),
    minerType: form.minerType,
    config: configOf(form),
    autostart: form.autostart,
    ...(version === null ? {} : { version }),
  };
}

/** What must be there before the server is asked. */
export function missing(form: ProfileForm): Record<string, string> {
  const wrong: Record<string, string> = {};
  if (form.name.trim() === "") wrong.name = "Give the profile a name.";
  if ((form.pools[0]?.url.trim() ?? "") === "")
    wrong.pool = "Choose a pool above, or type its address: stratum+tcp://HOST:PORT";
  if (form.wallet.trim() === "" && !form.more.userPass && !form.kept.includes("userPass"))
    wrong.wallet = "Type the address that the pool shall pay to. adit fills in none.";
  return wrong;
}

/** Which pool of the form an error's place names: "config.pools[1].pool" is the third. */
export function poolError(location: string): { index: number; field: string } | null {
  const found = /pools\[(\d+)\](?:\.(\w+))?$/.exec(location);
  return found ? { index: Number(found[1]) + 1, field: found[2] ?? "pool" } : null;
}
