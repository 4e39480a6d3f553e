/** The pages of the rail, in its order. */
export const places = [
  { to: "/", label: "Overview", short: "Overview", keys: "g o" },
  { to: "/computer", label: "This computer", short: "Computer", keys: "g c" },
  { to: "/profiles", label: "Profiles", short: "Profiles", keys: "g p" },
  { to: "/install", label: "Install", short: "Install", keys: "g i" },
  { to: "/coop", label: "Coop", short: "Coop", keys: "g k" },
  { to: "/statistics", label: "Statistics", short: "Statistics", keys: "g s" },
  { to: "/doctor", label: "Doctor", short: "Doctor", keys: "g d" },
  { to: "/settings", label: "Settings", short: "Settings", keys: "g x" },
] as const;

export type Place = (typeof places)[number]["to"];

/** The pages that stand in the bar of a narrow screen; the others are behind "More". */
export const inBar: readonly Place[] = ["/", "/computer", "/profiles", "/statistics"];

/** Is this page, or a page below it, the one that is shown? */
export function isAt(place: Place, path: string): boolean {
  return path === place || (place !== "/" && path.startsWith(`${place}/`));
}

/** The page that the second key of "g o" stands for. */
export function placeOfKey(key: string): Place | undefined {
  return places.find((p) => p.keys === `g ${key}`)?.to;
}

/** The pages that an adit without a hub has: it coordinates a crew and knows nothing of this computer's programs. */
export const lonePlaces: readonly Place[] = ["/coop"];
