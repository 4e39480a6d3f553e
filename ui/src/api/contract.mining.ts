import type * as install from "./install";
import type * as profiles from "./profiles";
import type { components } from "./schema.gen";
import type * as stats from "./stats";
import type * as app from "./types";

type Server = components["schemas"];

/** Compiles only where what the server may send is something the app expects. */
type Fits<Sent extends Expected, Expected> = Sent;

// As contract.ts, for profiles, installation and history.
export type MiningContract = [
  Fits<Server["Profile"], profiles.Profile>,
  Fits<Server["ProfileVersion"], profiles.ProfileVersion>,
  Fits<Server["LastConfig"], profiles.LastConfig>,
  Fits<Server["CheckResult"], profiles.CheckResult>,
  Fits<Server["Estimate"], profiles.Estimate>,
  Fits<Server["CoinPools"], profiles.CoinPools>,
  Fits<Server["ImportResult"], profiles.ImportResult>,
  Fits<Server["AvailableMiner"], profiles.Available>,
  Fits<Server["Installs"], install.Installs>,
  Fits<Server["Catalogue"], install.Catalogue>,
  Fits<Server["Upload"], install.Upload>,
  Fits<Server["MinerSession"], stats.Session>,
  Fits<Server["Chart"], stats.Chart>,
  // What the app sends is something the server takes.
  Fits<profiles.ProfileRequest, Server["ProfileRequest"]>,
  Fits<profiles.ImportRequest, Server["ImportRequest"]>,
  Fits<install.InstallRequest, Server["InstallRequest"]>,
  // The same of the live feed, where it is described.
  Fits<app.Install["phase"], Server["InstallJob"]["phase"]>,
];
