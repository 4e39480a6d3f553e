import { useSyncExternalStore } from "react";

export type Theme = "light" | "dark";

const key = "adit.theme";
const system = window.matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();
const tell = () => {
  for (const f of [...listeners]) f();
};
system.addEventListener("change", tell);

/** The theme that is shown now. */
export function theme(): Theme {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === "light" || chosen === "dark") return chosen;
  return system.matches ? "dark" : "light";
}

/** Shows the other theme and remembers it; a choice that equals the system's is forgotten, so it follows again. */
export function toggleTheme(): void {
  const next: Theme = theme() === "dark" ? "light" : "dark";
  chooseTheme(next === (system.matches ? "dark" : "light") ? "system" : next);
}

export type ThemeChoice = Theme | "system";

export function themeChoice(): ThemeChoice {
  const chosen = document.documentElement.dataset.theme;
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}

/** Shows a theme in this browser from now on. */
export function chooseTheme(choice: ThemeChoice): void {
  if (choice === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice;
  try {
    if (choice === "system") localStorage.removeItem(key);
    else localStorage.setItem(key, choice);
  } catch {
    // Storage is off: the choice lasts as long as the page.
  }
  tell();
}

const subscribe = (f: () => void) => {
  listeners.add(f);
  return () => listeners.delete(f);
};

export const useThemeChoice = () => useSyncExternalStore(subscribe, themeChoice);

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, theme);
}

/** The value of a colour token, for a canvas, which cannot use variables. */
export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
