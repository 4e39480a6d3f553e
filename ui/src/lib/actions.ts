import { api } from "../api/rest";
import type { Consent, Pause, Practice } from "../api/types";
import { live } from "../live/browser";
import { type DialogName, openDialog } from "./dialogs";
import { theme, toggleTheme } from "./theme";

/** Something a person can do from anywhere: an entry of the palette. */
export interface AppAction {
  id: string;
  label: string;
  keys?: string;
  /** Opens a window or a page, or changes only this browser: nothing can fail. */
  now?: (go: (path: string) => void) => void;
  /** An order to the server; its failure is shown in the palette. */
  order?: () => Promise<unknown>;
}

const dialog = (name: DialogName) => () => openDialog(name);

/** The actions that make sense now: what does not apply is not listed. */
export function actionsFor(s: {
  pause: Pause | undefined;
  practice: Practice | undefined;
  consent: Consent | undefined;
}): AppAction[] {
  const list: (AppAction | false)[] = [
    { id: "overview", label: "Go to Overview", keys: "g o", now: (go) => go("/") },
    { id: "computer", label: "Go to This computer", keys: "g c", now: (go) => go("/computer") },
    s.pause?.paused === false && { id: "pause1h", label: "Pause mining for 1 hour", order: () => api.pause(3600) },
    s.pause?.paused === false && { id: "pause", label: "Pause mining until resumed", order: () => api.pause(null) },
    s.pause?.paused === true && { id: "resume", label: "Resume mining", order: () => api.resume() },
    s.practice?.running !== true && { id: "practice", label: "Practice: mine with no wallet", now: dialog("practice") },
    s.practice?.running === true && { id: "stoppractice", label: "Stop practice", order: () => api.stopPractice() },
    { id: "mine", label: "Mine on your own pool", now: dialog("mine") },
    s.consent?.granted === true && {
      id: "revoke",
      label: "Consent: see or withdraw it",
      now: (go) => go("/computer#consent"),
    },
    {
      id: "theme",
      label: theme() === "dark" ? "Use the light theme" : "Use the dark theme",
      keys: "d",
      now: () => toggleTheme(),
    },
    { id: "help", label: "Keyboard", keys: "?", now: dialog("help") },
    {
      id: "signout",
      label: "Sign this browser out",
      order: async () => {
        await api.signOut();
        live.signOut();
      },
    },
  ];
  return list.filter((a): a is AppAction => a !== false);
}
