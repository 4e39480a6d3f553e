/** What the page of profiles shows; it stands in the address. */
export interface ProfileSearch {
  /** new: an empty form. edit, copy: a form filled from the profile id. versions: its saved states. import: from files. */
  view?: "new" | "edit" | "copy" | "versions" | "import";
  /** Identity of a profile. */
  id?: string;
  /** Asks before the profile id is started, with the expected result. */
  start?: true;
}

const views = ["new", "edit", "copy", "versions", "import"] as const;
const ofOne = new Set<unknown>(["edit", "copy", "versions"]);

export function readProfileSearch(raw: Record<string, unknown>): ProfileSearch {
  const id = typeof raw.id === "string" && raw.id !== "" ? raw.id : undefined;
  const view = views.find((v) => v === raw.view);
  if (view && ofOne.has(view)) return id ? { view, id } : {};
  if (view) return { view };
  return id && raw.start === true ? { id, start: true } : {};
}
