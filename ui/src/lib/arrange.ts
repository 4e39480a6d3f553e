import { Remembered } from "./remembered";

/** The cards of the overview: which there are, where each stands, and which this browser does not want to see. */

interface CardDef {
  id: string;
  title: string;
  /** wide: the whole width; main and side share a row on a wide screen. */
  place: "wide" | "main" | "side";
  /** Said while the page is arranged: when it stands there. */
  when?: string;
  /** What needs a person, and the ways to begin, are never out of sight. */
  always?: true;
}

/** In the order that a person finds who never arranged them. */
export const cards = [
  { id: "needs", title: "Needs you", place: "wide", when: "while something needs you", always: true },
  { id: "start", title: "Ways to start", place: "wide", when: "while nothing mines yet", always: true },
  { id: "hashrate", title: "Hashrate", place: "main", when: "while something mines" },
  { id: "earnings", title: "Estimate of earnings", place: "main", when: "while figures are known to estimate from" },
  { id: "devices", title: "Devices", place: "side", when: "while something mines" },
  { id: "practice", title: "Practice", place: "wide", when: "while practice runs" },
  { id: "itself", title: "What adit did by itself", place: "wide", when: "after adit did something by itself" },
] as const satisfies readonly CardDef[];

export type CardId = (typeof cards)[number]["id"];

/** What a browser keeps. Cards that the order does not name stand in their default place. */
export interface Arrangement {
  order: CardId[];
  hidden: CardId[];
}

export const defaults: Arrangement = { order: [], hidden: [] };

/** The choice of this browser. The number is that of the form in which it is written. */
export const arrangement = new Remembered<Arrangement>("adit.overview.1", readArrangement);

export const cardOf = (id: CardId): CardDef => cards.find((c) => c.id === id) as CardDef;

export interface OverviewSearch {
  /** The cards are being arranged. */
  arrange?: true;
}

export const readOverviewSearch = (raw: Record<string, unknown>): OverviewSearch =>
  raw.arrange === true ? { arrange: true } : {};

/** Reads what was stored: names that are no card, and what is no list, count as never written. */
export function readArrangement(stored: unknown): Arrangement {
  if (typeof stored !== "object" || stored === null) return defaults;
  const { order, hidden } = stored as Record<string, unknown>;
  return { order: known(order), hidden: known(hidden).filter((id) => !cardOf(id).always) };
}

function known(list: unknown): CardId[] {
  if (!Array.isArray(list)) return [];
  return [...new Set(list)].filter((x): x is CardId => cards.some((c) => c.id === x));
}

/** All cards in order; one that the order does not name follows the card that it follows by default. */
export function ordered(a: Arrangement): CardId[] {
  const order = [...a.order];
  cards.forEach(({ id }, i) => {
    // Those before it are in the order by now: the order is filled from the first on.
    const before = cards[i - 1];
    if (!order.includes(id)) order.splice(before ? order.indexOf(before.id) + 1 : 0, 0, id);
  });
  return order;
}

/** The card one place up (-1) or down (1); at the end of the page it stays. */
export function move(a: Arrangement, id: CardId, step: -1 | 1): Arrangement {
  const order = ordered(a);
  const from = order.indexOf(id);
  const other = order[from + step];
  if (other === undefined) return a;
  order[from] = other;
  order[from + step] = id;
  return { ...a, order };
}

/** A card that is always in sight cannot be hidden. */
export function setHidden(a: Arrangement, id: CardId, hide: boolean): Arrangement {
  const rest = a.hidden.filter((x) => x !== id);
  return { ...a, hidden: hide && !cardOf(id).always ? [...rest, id] : rest };
}

/** Cards that stand together: in one column, or in two beside each other on a wide screen. */
export interface Row {
  key: CardId;
  /** Whether the wider column is the second. */
  mirrored: boolean;
  columns: CardId[][];
}

/**
 * Cards in rows, so that reading column after column and row after row gives the order in which they were put: that is
 * the order in which they stand below each other on a narrow screen, and in which keys number them.
 */
export function rows(ids: CardId[]): Row[] {
  const list: Row[] = [];
  let places: string[] = [];
  for (const id of ids) {
    const { place } = cardOf(id);
    const row = list.at(-1);
    const joins = place !== "wide" && places.length > 0 && !places.includes("wide");
    if (row && joins && places.at(-1) === place) row.columns.at(-1)?.push(id);
    else if (row && joins && places.length === 1) {
      row.columns.push([id]);
      places.push(place);
    } else {
      list.push({ key: id, mirrored: place === "side", columns: [[id]] });
      places = [place];
    }
  }
  return list;
}
