import { anyDialog, openDialog } from "./dialogs";
import { placeOfKey } from "./places";
import { toggleTheme } from "./theme";

const within = 1_200; // ms in which the second key of "g o" must come

function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
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
    if (place) go(place);
    else if (e.key === "g") gAt = e.timeStamp;
    else if (e.key === "d") toggleTheme();
    else if (e.key === "?") openDialog("help");
    else return;
    e.preventDefault();
  };
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}
