import type { Device } from "../api/types";

type Named = Pick<Device, "name" | "title">;

/** The program's own name says all: it is the instance's name, or holds it as in "XMRig" for "xmrig". */
const same = (d: Named) => d.title.toLowerCase().includes(d.name.toLowerCase());

/** What a running program is called: the name it was started under, as in "desk" from the profile of that name. */
export const nameOf = (d: Named): string => (same(d) ? d.title : d.name);

/** Which program it is, as far as that is not its name: "XMRig 6.26.0", "version 6.26.0"; "" where nothing is left. */
export function programOf(d: Named & Pick<Device, "version">): string {
  const version = d.version ?? "";
  // Some programs tell their name with their version.
  const whole = version.toLowerCase().startsWith(d.title.toLowerCase()) ? version : `${d.title} ${version}`.trim();
  if (!same(d)) return whole;
  const number = whole.slice(d.title.length).trim();
  return number === "" ? "" : `version ${number}`;
}

/** Name and program in one line, for a list to choose from: "desk (XMRig)". */
export const nameAndProgram = (d: Named): string => (same(d) ? d.title : `${d.name} (${d.title})`);
