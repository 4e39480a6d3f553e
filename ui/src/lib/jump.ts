/** Given to a card, keys can move the focus to it. */
export const jump = { tabIndex: -1, "data-jump": "" } as const;

/** The keys of the first cards of a page. */
export const jumpKeys = "1234567";

/** Moves the focus to the n-th card that is shown, counted from 1; not from under a window or menu that is open. */
export function jumpTo(n: number): void {
  if (document.querySelector('[role="dialog"], [role="alertdialog"], [role="menu"]')) return;
  const card = document.querySelectorAll<HTMLElement>("main [data-jump]")[n - 1];
  card?.focus({ preventScroll: true });
  card?.scrollIntoView({ block: "nearest" });
}
