import { Remembered } from "./remembered";

/** What the palette needs of an action to find it. */
export interface Findable {
  id: string;
  label: string;
  group: string;
  words?: string;
}

const keep = 5;

/** The last actions of this browser, the newest first. */
export const recent = new Remembered<string[]>("adit.recent", (raw) =>
  Array.isArray(raw) ? raw.filter((x): x is string => typeof x === "string").slice(0, keep) : [],
);

export function remember(id: string): void {
  recent.set([id, ...recent.get().filter((x) => x !== id)].slice(0, keep));
}

/** Actions that hold every word, the best first; with no words the recent ones first. */
export function find<T extends Findable>(all: T[], query: string, last: readonly string[]): T[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const age = (a: T) => (last.includes(a.id) ? last.indexOf(a.id) : last.length);
  if (words.length === 0) return [...all].sort((a, b) => age(a) - age(b));
  return all
    .map((action) => ({ action, score: score(action, words) }))
    .filter((x) => x.score > 0)
    .sort((a, b) => b.score - a.score || age(a.action) - age(b.action))
    .map((x) => x.action);
}

/** 0: a word is missing. A word at the beginning of the label counts most, then of any word, then anywhere. */
function score(a: Findable, words: string[]): number {
  const label = a.label.toLowerCase();
  const rest = `${a.group} ${a.words ?? ""}`.toLowerCase();
  let sum = 0;
  for (const w of words) {
    if (label.startsWith(w)) sum += 4;
    else if (label.includes(` ${w}`)) sum += 3;
    else if (label.includes(w)) sum += 2;
    else if (rest.includes(w)) sum += 1;
    else return 0;
  }
  return sum;
}
