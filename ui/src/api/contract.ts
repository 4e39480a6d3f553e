import type { Entry } from "../lib/journal";
import type { Login, Token } from "./account";
import type { Finding } from "./doctor";
import type { JournalCheck } from "./journal";
import type { components } from "./schema.gen";
import type { Settings } from "./settings";
import type { BackupStatus, Connections, FeeLedger, PolicyState, Security } from "./trust";
import type * as app from "./types";

type Server = components["schemas"];

/** Compiles only where what the server may send is something the app expects. */
type Fits<Sent extends Expected, Expected> = Sent;

// schema.gen.ts is made from the server's OpenAPI document (npm run generate); a line here that does not compile means
// that server and app have grown apart.
export type Contract = [
  Fits<Server["Overview"], app.Overview>,
  Fits<Server["Consent"], app.Consent>,
  Fits<Server["Pause"], app.Pause>,
  Fits<Server["Practice"], app.Practice>,
  Fits<Server["Host"], app.Host>,
  Fits<Server["PolicyView"], app.Policy>,
  Fits<Server["Device"], app.Device>,
  Fits<Server["History"], app.HashrateHistory>,
  Fits<Server["Log"], app.LogAnswer>,
  Fits<Server["Problem"], app.ProblemBody>,
  Fits<Server["Event"], Entry>,
  Fits<Server["JournalCheck"], JournalCheck>,
  Fits<Server["Finding"], Finding>,
  Fits<Server["Settings"], Settings>,
  Fits<Server["PolicyState"], PolicyState>,
  Fits<Server["Connections"], Connections>,
  Fits<Server["Ledger"], FeeLedger>,
  Fits<Server["Security"], Security>,
  Fits<Server["BackupStatus"], BackupStatus>,
  Fits<Server["Token"], Token>,
  Fits<Server["Login"], Login>,
];
