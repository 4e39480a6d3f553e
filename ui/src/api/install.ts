import { call, Problem, problemFrom, seg, signedOut } from "./rest";
import type { Time } from "./types";

/** An installation under way or just ended. null is unknown. */
export interface InstallJob {
  id: string;
  program: string;
  version: string;
  phase: "waiting" | "downloading" | "checking" | "unpacking" | "done" | "failed" | "cancelled";
  /** Bytes of this phase. */
  done: number;
  total: number | null;
  /** Bytes a second. */
  speed: number | null;
  from: string;
  startedAt: Time;
  at: Time;
  reason: string;
}

/** One version of a program on this computer. */
export interface Installed {
  program: string;
  version: string;
  /** The version that is started. */
  current: boolean;
  pinned: boolean;
  path: string;
  binary: string;
  sha256: string;
  archiveSha256: string;
  installedAt: Time;
  /** Who stands for the archive's digest. */
  vouched: "catalogue" | "you";
  digestSource: string;
  url: string;
  licence: string;
  /** "open", "closed" or "": unknown. */
  source: string;
  feePercent: number | null;
  state: "ok" | "missing" | "changed" | "quarantined";
  words: string;
}

export interface Installs {
  installed: Installed[];
  jobs: InstallJob[];
  words: string;
}

export interface CatalogueEntry {
  program: string;
  title: string;
  version: string;
  platform: string;
  url: string;
  sha256: string;
  digestSource: string;
  binary: string;
  licence: string;
  source: string;
  feePercent: number | null;
  size: number | null;
  /** For this computer. */
  here: boolean;
}

export interface Catalogue {
  serial: number;
  origin: "built in" | "signed";
  key: string;
  issued: Time | null;
  expires: Time | null;
  platform: string;
  /** Signed catalogues can be added. */
  accepts: boolean;
  words: string;
  entries: CatalogueEntry[];
  notes: string[];
}

/** An archive that this browser sent. */
export interface Upload {
  id: string;
  name: string;
  size: number;
  sha256: string;
  /** "xmrig 6.26.0" when the catalogue knows it; else empty. */
  known: string;
  expiresAt: Time;
}

export interface InstallRequest {
  version?: string;
  archive?: string;
  sha256?: string;
}

const miner = (program: string) => `/api/v1/mining/miners/${seg(program)}`;
const own = (program: string) => `/api/v1/installs/${seg(program)}`;

export const install = {
  catalogue: (signal?: AbortSignal) => call<Catalogue>("GET", "/api/v1/catalogue", undefined, signal),
  /** Adds a signed catalogue: the file's content and that of its .minisig. */
  addCatalogue: (catalogue: string, signature: string) =>
    call<Catalogue>("POST", "/api/v1/catalogue", { catalogue, signature }),
  list: (signal?: AbortSignal) => call<Installs>("GET", "/api/v1/installs", undefined, signal),
  /** Begins it; how far it is comes with the live feed. */
  begin: (program: string, request: InstallRequest) =>
    call<unknown>("POST", `${miner(program)}/install?wait=false`, request),
  cancel: (id: string) => call<unknown>("DELETE", `/api/v1/install-jobs/${seg(id)}`),
  uninstall: (program: string, version: string) =>
    call<unknown>("DELETE", `${miner(program)}/uninstall?${new URLSearchParams({ version })}`),
  pin: (program: string, version: string) => call<unknown>("PUT", `${own(program)}/pin`, { version }),
  unpin: (program: string) => call<unknown>("DELETE", `${own(program)}/pin`),
  /** Another installed version is started from now on. */
  use: (program: string, version: string) => call<unknown>("PUT", `${own(program)}/current`, { version }),
};

/** Sends an archive and tells how much of it went. fetch cannot tell that, so this is an XMLHttpRequest. */
export function upload(file: File, progress: (sent: number) => void, signal: AbortSignal): Promise<Upload> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/v1/archives?${new URLSearchParams({ name: file.name })}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = (e) => progress(e.loaded);
    request.onerror = () =>
      reject(new Problem(0, "The archive did not arrive: adit does not answer. In a terminal: adit status"));
    request.onabort = () => reject(new Problem(0, "The upload was cancelled."));
    request.onload = () => {
      const body = read(request.responseText);
      if (request.status === 401) signedOut.dispatchEvent(new Event("signedout"));
      if (request.status >= 200 && request.status < 300) resolve(body as Upload);
      else reject(problemFrom(request.status, body));
    };
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
