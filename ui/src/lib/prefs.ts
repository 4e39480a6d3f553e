/** How values are written for this person. Set from the settings before pages are drawn. */
export interface Prefs {
  units: "metric" | "imperial";
  /** A name like Europe/Berlin; empty: the browser's own. */
  timezone: string;
}

let now: Prefs = { units: "metric", timezone: "" };

export const prefs = () => now;

/** A zone that this browser does not know counts as its own: a wrong setting must not break every page. */
export function setPrefs(next: Prefs): void {
  now = { units: next.units, timezone: knownZone(next.timezone) ? next.timezone : "" };
}

export function knownZone(zone: string): boolean {
  if (zone === "") return true;
  try {
    new Intl.DateTimeFormat("en-GB", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** For toLocaleTimeString and its like. */
export const inZone = (): { timeZone?: string } => (now.timezone === "" ? {} : { timeZone: now.timezone });
