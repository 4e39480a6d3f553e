import { byPlace } from "../lib/checkerrors";
import type { HashrateHistory, LogAnswer, MineRequest, ProblemBody, State } from "./types";

/** What went wrong, in the server's own words. status 0: no answer came. */
export class Problem extends Error {
  readonly status: number;
  readonly fields: Record<string, string>;
  /** The same errors by their whole place, for a form in which two fields share a name. */
  readonly places: Record<string, string>;

  constructor(
    status: number,
    message: string,
    fields: Record<string, string> = {},
    places: Record<string, string> = {},
  ) {
    super(message);
    this.name = "Problem";
    this.status = status;
    this.fields = fields;
    this.places = places;
  }
}

/** The field an error belongs to: "body.pool" and "pool" are both "pool". */
export function fieldName(location: string): string {
  const last = location.split(/[./]/).pop() ?? "";
  return last.replace(/\[\d+\]$/, "");
}

/** Reads problem+json; an answer that is none still gives a sentence. */
export function problemFrom(status: number, body: unknown): Problem {
  const b: ProblemBody = typeof body === "object" && body !== null ? body : {};
  const fields: Record<string, string> = {};
  for (const e of b.errors ?? []) fields[fieldName(e.location)] ??= e.message;
  const words = b.detail || b.error || b.title || `The server answered ${status} and gave no reason.`;
  return new Problem(status, words, fields, byPlace(b.errors ?? []));
}

const noAnswer = "adit does not answer. Is it still running? In a terminal: adit status";

/** Asks the server. Throws Problem with the server's words, or with those of a server that does not answer. */
export async function call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const text = await ask(method, path, body, signal);
  return parsed(text) as T;
}

/** Asks for something that is not JSON. */
export const fetchText = (path: string, signal?: AbortSignal) => ask("GET", path, undefined, signal);

async function ask(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<string> {
  let answer: Response;
  try {
    const init: RequestInit = { method, credentials: "same-origin", cache: "no-store" };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { "Content-Type": "application/json" };
    }
    if (signal) init.signal = signal;
    answer = await fetch(path, init);
  } catch (err) {
    if (signal?.aborted) throw err;
    throw new Problem(0, noAnswer);
  }
  const text = await answer.text();
  if (!answer.ok) {
    if (answer.status === 401) signedOut.dispatchEvent(new Event("signedout"));
    throw problemFrom(answer.status, parsed(text));
  }
  return text;
}

function parsed(text: string): unknown {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return null; // Not JSON: a proxy's page, say. The status is what is left.
  }
}

/** Fires "signedout" when any call is refused with 401. */
export const signedOut = new EventTarget();

/** A part of a path, made harmless. */
export const seg = encodeURIComponent;

export const api = {
  async state(signal?: AbortSignal): Promise<State> {
    const answer = await call<{ state: State } | State>("GET", "/api/v1/state", undefined, signal);
    return "state" in answer ? (answer.state as State) : answer;
  },
  signIn: (token: string) => call<unknown>("POST", "/api/v1/session", { token }),
  signOut: () => call<unknown>("DELETE", "/api/v1/session"),
  grantConsent: () => call<unknown>("POST", "/api/v1/consent", {}),
  revokeConsent: () => call<unknown>("DELETE", "/api/v1/consent"),
  pause: (forSeconds: number | null) => call<unknown>("POST", "/api/v1/pause", { forSeconds }),
  resume: () => call<unknown>("POST", "/api/v1/resume", {}),
  startPractice: (threads: number | null = null) => call<unknown>("POST", "/api/v1/practice", { threads }),
  stopPractice: () => call<unknown>("DELETE", "/api/v1/practice"),
  mine: (request: MineRequest) => call<unknown>("POST", "/api/v1/mining/miners/native", request),
  stopMiner: (name: string) => call<unknown>("DELETE", `/api/v1/mining/miners/${seg(name)}`),
  /** restart: stop and start again. release: out of quarantine. start: as it was started before, after it was stopped. */
  device: (rig: string, name: string, verb: "restart" | "release" | "start") =>
    call<unknown>("POST", `/api/v1/devices/${seg(rig)}/${seg(name)}/${verb}`),
  post: (path: string) => call<unknown>("POST", path, {}),
  hashrate(minutes: number, device: string | null, signal?: AbortSignal): Promise<HashrateHistory> {
    const query = new URLSearchParams({ minutes: String(minutes) });
    if (device !== null) query.set("device", device);
    return call("GET", `/api/v1/history/hashrate?${query}`, undefined, signal);
  },
  log: (rig: string, name: string, after: number, signal?: AbortSignal) =>
    call<LogAnswer>("GET", `/api/v1/devices/${seg(rig)}/${seg(name)}/log?after=${after}`, undefined, signal),
};

/** Words for any thrown thing. */
export function wordsOf(err: unknown): string {
  return err instanceof Error ? err.message : String(err);
}
