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

/** A date whose local fields (hour, day …) are those of the zone that was chosen: charts mark whole hours and midnights by it. */
export function wallClock(seconds: number): Date {
  const at = new Date(seconds * 1000);
  if (now.timezone === "") return at;
  const part = fieldsOf(at, now.timezone);
  return new Date(part.year, part.month - 1, part.day, part.hour, part.minute, part.second, at.getMilliseconds());
}

interface Fields {
  year: number;
  /** From 1. */
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

function fieldsOf(at: Date, zone: string): Fields {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const part = new Map(format.formatToParts(at).map((p) => [p.type, Number(p.value)]));
  const of = (type: Intl.DateTimeFormatPartTypes) => part.get(type) ?? 0;
  return {
    year: of("year"),
    month: of("month"),
    day: of("day"),
    hour: of("hour"),
    minute: of("minute"),
    second: of("second"),
  };
}

/**
 * The moment at which clocks of the zone that was chosen show what clocks at UTC show at the given one, both in
 * milliseconds; of an hour that the zone skips, the hour after it.
 */
export function fromWallClock(wanted: number): number {
  // The distance from UTC is that at the moment sought, so it is corrected once.
  let at = wanted;
  for (let i = 0; i < 2; i++) at += wanted - asUTC(fieldsOf(new Date(at), now.timezone));
  return at;
}

const asUTC = (f: Fields) => Date.UTC(f.year, f.month - 1, f.day, f.hour, f.minute, f.second);
