import { useEffect, useRef } from "react";
import { anyDialog, openDialog } from "./dialogs";
import { placeOfKey } from "./places";
import { toggleTheme } from "./theme";

const within = 1_200; // ms in which the second key of "g o" must come

function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

/** What single keys mean on the page that is shown, beside those that work on all pages. */
const onPage = new Map<string, (key: string) => void>();

/** Gives single keys, each a character of the first argument, a meaning while the component stands on the page. */
export function useKey(keys: string, what: (key: string) => void): void {
  const latest = useRef(what);
  latest.current = what;
  useEffect(() => {
    const run = (key: string) => latest.current(key);
    for (const key of keys) onPage.set(key, run);
    return () => {
      for (const key of keys) if (onPage.get(key) === run) onPage.delete(key);
    };
  }, [keys]);
}

/** Puts the cursor into the page's search field, or opens the palette where there is none. */
function search(): void {
  const field = document.querySelector<HTMLInputElement>('main input[type="search"]');
  if (field) {
    field.focus();
    field.select();
  } else openDialog("palette");
}

/** Hears the keys that work on all pages. Returns the way to stop. */
export function listenKeys(go: (path: string) => void): () => void {
  let gAt = Number.NEGATIVE_INFINITY;
  const onKey = (e: KeyboardEvent) => {
    if ((e.ctrlKey || e.metaKey) && !e.altKey && e.key.toLowerCase() === "k") {
      e.preventDefault();
      openDialog("palette");
      return;
    }
    if (e.ctrlKey || e.metaKey || e.altKey || e.repeat || typing(e.target) || anyDialog()) return;
    const afterG = e.timeStamp - gAt < within;
    gAt = Number.NEGATIVE_INFINITY;
    const place = afterG ? placeOfKey(e.key) : undefined;
    const own = onPage.get(e.key);
    if (place) go(place);
    else if (e.key === "g") gAt = e.timeStamp;
    else if (e.key === "d") toggleTheme();
    else if (e.key === "/") search();
    else if (e.key === "?") openDialog("help");
    else if (own) own(e.key);
    else return;
    e.preventDefault();
  };
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}
