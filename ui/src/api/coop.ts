import { call, seg } from "./rest";
import type { components } from "./schema.gen";

type Server = components["schemas"];

// The crew's objects as the server describes them: amounts are atomic units as digits, null is unknown.
export type Glance = NonNullable<Server["CoopGlance"]>;
export type Alarm = Server["CoopAlarm"];
export type Door = Server["CoopDoor"];
export type Upstream = Server["CoopUpstream"];
export type Job = NonNullable<Server["CoopJob"]>;
export type Coin = Server["CoopCoin"];
export type Member = Server["CoopMember"];
export type MemberDetail = Server["CoopMemberDetail"];
export type Members = Server["CoopMembers"];
export type Share = Server["CoopShare"];
export type Block = Server["CoopBlock"];
export type Window = Server["CoopWindow"];
export type Round = Server["CoopRound"];
export type RoundDetail = Server["CoopRoundDetail"];
export type Balance = Server["CoopBalance"];
export type Statement = Server["CoopStatement"];
export type Payment = Server["CoopPayment"];
export type Credit = Server["CoopCredit"];
export type Check = Server["CoopCheck"];
export type Invite = Server["CoopInvite"];
export type NewInvite = Server["CoopNewInvite"];
export type Payee = Server["CoopPayee"];
export type Config = Server["CoopConfig"];
export type ConfigRequest = Server["CoopConfigRequest"];

const base = "/api/v1/coop";
const member = (id: string) => `${base}/members/${seg(id)}`;

export interface MembersQuery {
  search: string;
  sort: string;
  status: string;
  limit: number;
}

/** The crew: what a person may see of it and do to it. */
export const coop = {
  config: (signal?: AbortSignal) => call<Config>("GET", `${base}/config`, undefined, signal),
  configure: (request: ConfigRequest) => call<Config>("PUT", `${base}/config`, request),
  members(q: MembersQuery, signal?: AbortSignal): Promise<Members> {
    const query = new URLSearchParams({ sort: q.sort, limit: String(q.limit) });
    if (q.search) query.set("search", q.search);
    if (q.status) query.set("status", q.status);
    return call("GET", `${base}/members?${query}`, undefined, signal);
  },
  member: (id: string, signal?: AbortSignal) => call<MemberDetail>("GET", member(id), undefined, signal),
  statement: (id: string, signal?: AbortSignal) => call<Statement>("GET", `${member(id)}/statement`, undefined, signal),
  payee: (id: string, signal?: AbortSignal) => call<Payee>("GET", `${member(id)}/payee`, undefined, signal),
  setPayee: (id: string, address: string, minPayout: string | null) =>
    call<unknown>("PUT", `${member(id)}/payee`, { address, minPayout }),
  suspend: (id: string, reason: string) => call<unknown>("PUT", `${member(id)}/suspension`, { reason }),
  unsuspend: (id: string) => call<unknown>("DELETE", `${member(id)}/suspension`),
  difficulty: (id: string, difficulty: number | null) =>
    call<unknown>("PUT", `${member(id)}/difficulty`, { difficulty }),
  policy: (id: string, policy: "auto" | "all") => call<unknown>("PUT", `${member(id)}/policy`, { policy }),
  pause: (id: string, verb: "pause" | "resume") => call<unknown>("POST", `${member(id)}/${verb}`),
  blocks: (signal?: AbortSignal) => call<Block[]>("GET", `${base}/blocks`, undefined, signal),
  window: (signal?: AbortSignal) => call<Window>("GET", `${base}/window`, undefined, signal),
  rounds: (signal?: AbortSignal) => call<Round[]>("GET", `${base}/rounds`, undefined, signal),
  round: (id: string, signal?: AbortSignal) => call<RoundDetail>("GET", `${base}/rounds/${seg(id)}`, undefined, signal),
  balances: (signal?: AbortSignal) => call<Balance[]>("GET", `${base}/balances`, undefined, signal),
  payments: (signal?: AbortSignal) => call<Payment[]>("GET", `${base}/payments`, undefined, signal),
  newPayment: () => call<Payment>("POST", `${base}/payments`),
  mark: (id: string, state: "paid" | "cancelled", reference: string) =>
    call<Payment>("PUT", `${base}/payments/${seg(id)}`, { state, reference }),
  credit: (amount: string, since: string | null, until: string | null, note: string) =>
    call<Credit>("POST", `${base}/credits`, { amount, since, until, note }),
  verify: () => call<Check>("POST", `${base}/ledger/verify`),
  invites: (signal?: AbortSignal) => call<Invite[]>("GET", `${base}/invites`, undefined, signal),
  invite: (name: string, seconds: number, host: string) =>
    call<NewInvite>("POST", `${base}/invites`, { name, seconds, ...(host ? { host } : {}) }),
  revokeInvite: (id: string) => call<unknown>("DELETE", `${base}/invites/${seg(id)}`),
};

/** Addresses of files that the browser downloads by itself. */
export const coopFile = {
  ledger: (format: "csv" | "json") => `${base}/ledger?format=${format}`,
  members: `${base}/members?format=csv`,
  blocks: `${base}/blocks?format=csv`,
  statement: (id: string) => `${member(id)}/statement?format=csv`,
  payment: (id: string) => `${base}/payments/${seg(id)}?format=csv`,
};
