import type { Profile } from "../api/profiles";
import { api } from "../api/rest";
import { trust } from "../api/trust";
import type { Consent, Device, Pause, Policy, Practice } from "../api/types";
import { live } from "../live/browser";
import { tabs } from "./computerview";
import { type DialogName, openDialog } from "./dialogs";
import { places } from "./places";
import { nameOf } from "./program";
import { sections } from "./sections";
import { theme, toggleTheme } from "./theme";

export type ActionGroup = "Page" | "Mining" | "Program" | "Profile" | "Setting" | "This browser";

/** Something a person can do from anywhere: an entry of the palette. */
export interface AppAction {
  id: string;
  label: string;
  group: ActionGroup;
  keys?: string;
  /** More words that find it. */
  words?: string;
  /** Asked before it is done: a second Enter says yes. */
  sure?: string;
  /** Opens a window or a page, or changes only this browser: nothing can fail. */
  now?: (go: (href: string) => void) => void;
  /** An order to the server; its failure is shown in the palette. */
  order?: () => Promise<unknown>;
}

const dialog = (name: DialogName) => () => openDialog(name);
const page = (href: string) => (go: (href: string) => void) => go(href);

export interface ActionState {
  pause: Pause | undefined;
  practice: Practice | undefined;
  consent: Consent | undefined;
  policy: Policy | undefined;
  devices: Device[];
  profiles: Profile[];
}

/** The actions that make sense now: what does not apply is not listed. */
export function actionsFor(s: ActionState): AppAction[] {
  return [
    ...pages(),
    ...mining(s),
    ...s.devices.flatMap(ofDevice),
    ...ofProfiles(s.profiles),
    ...settings(s),
    ...browser(),
  ];
}

function pages(): AppAction[] {
  return [
    ...places.map(
      (p): AppAction => ({ id: `go ${p.to}`, label: `Go to ${p.label}`, group: "Page", keys: p.keys, now: page(p.to) }),
    ),
    ...tabs
      .filter((t) => t.id !== "now")
      .map(
        (t): AppAction => ({
          id: `tab ${t.id}`,
          label: `This computer: ${t.label.toLowerCase()}`,
          group: "Page",
          now: page(`/computer?tab=${t.id}`),
        }),
      ),
    {
      id: "install",
      label: "Install a mining program",
      group: "Page",
      words: "xmrig download archive update",
      now: page("/install"),
    },
    { id: "doctor", label: "Look at this computer", group: "Page", words: "doctor check health", now: page("/doctor") },
  ];
}

function mining(s: ActionState): AppAction[] {
  const on = s.pause?.paused;
  const list: (AppAction | false)[] = [
    on === false && { id: "pause1h", label: "Pause mining for 1 hour", group: "Mining", order: () => api.pause(3600) },
    on === false && { id: "pause", label: "Pause mining until resumed", group: "Mining", order: () => api.pause(null) },
    on === true && { id: "resume", label: "Resume mining", group: "Mining", order: () => api.resume() },
    s.practice?.running !== true && {
      id: "practice",
      label: "Practice: mine with no wallet",
      group: "Mining",
      now: dialog("practice"),
    },
    s.practice?.running === true && {
      id: "stoppractice",
      label: "Stop practice",
      group: "Mining",
      sure: "Stop practice?",
      order: () => api.stopPractice(),
    },
    { id: "mine", label: "Mine on your own pool", group: "Mining", words: "start wallet address", now: dialog("mine") },
    s.consent?.granted === true && {
      id: "revoke",
      label: "Consent: see or withdraw it",
      group: "Mining",
      now: page("/computer#consent"),
    },
  ];
  return list.filter((a): a is AppAction => a !== false);
}

function ofDevice(d: Device): AppAction[] {
  const at = (tab: string) => `/computer?device=${encodeURIComponent(d.name)}${tab ? `&tab=${tab}` : ""}`;
  const name = nameOf(d);
  const words = `${d.name} ${d.title}`;
  const stopped = d.desired === "stopped";
  const list: (AppAction | false)[] = [
    { id: `see ${d.id}`, label: `See ${name}`, group: "Program", words, now: page(at("")) },
    { id: `log ${d.id}`, label: `Log of ${name}`, group: "Program", words, now: page(at("logs")) },
    { id: `charts ${d.id}`, label: `Charts of ${name}`, group: "Program", words, now: page(at("charts")) },
    !stopped &&
      d.work !== "quarantined" && {
        id: `restart ${d.id}`,
        label: `Restart ${name}`,
        group: "Program",
        words,
        sure: `Restart ${name}? Its run begins anew.`,
        order: () => api.device(d.rig, d.name, "restart"),
      },
    d.work === "quarantined" && {
      id: `release ${d.id}`,
      label: `Let ${name} try again`,
      group: "Program",
      words: `${words} release quarantine`,
      order: () => api.device(d.rig, d.name, "release"),
    },
    stopped
      ? {
          id: `start ${d.id}`,
          label: `Start ${name} again`,
          group: "Program",
          words,
          order: () => api.device(d.rig, d.name, "start"),
        }
      : {
          id: `stop ${d.id}`,
          label: `Stop ${name}`,
          group: "Program",
          words,
          sure: `Stop ${name}?`,
          order: () => (d.practice ? api.stopPractice() : api.stopMiner(d.name)),
        },
  ];
  // Practice is stopped by its own action.
  return list.filter((a): a is AppAction => a !== false && !(d.practice && a.id.startsWith("stop ")));
}

function ofProfiles(list: Profile[]): AppAction[] {
  return [
    { id: "newprofile", label: "New profile", group: "Profile", now: page("/profiles?view=new") },
    { id: "importprofiles", label: "Import profiles", group: "Profile", now: page("/profiles?view=import") },
    ...list.flatMap((p): AppAction[] => {
      const id = encodeURIComponent(p.id);
      return [
        p.running === true
          ? {
              id: `edit ${p.id}`,
              label: `Edit the profile ${p.name}`,
              group: "Profile",
              now: page(`/profiles?view=edit&id=${id}`),
            }
          : {
              id: `run ${p.id}`,
              label: `Start the profile ${p.name}`,
              group: "Profile",
              words: p.minerType,
              // The page asks, with the expected result, before anything starts.
              now: page(`/profiles?id=${id}&start=true`),
            },
      ];
    }),
  ];
}

const uses = {
  idle: "only while nobody uses the computer",
  half: "with half of the processor",
  all: "with everything",
};

function settings(s: ActionState): AppAction[] {
  return [
    ...sections.map(
      (x): AppAction => ({
        id: `set ${x.id}`,
        label: `Settings: ${x.title}`,
        group: "Setting",
        words: x.words,
        now: page(`/settings/${x.id}`),
      }),
    ),
    ...(["idle", "half", "all"] as const)
      .filter((u) => s.policy && s.policy.use !== u)
      .map(
        (use): AppAction => ({
          id: `use ${use}`,
          label: `Mine ${uses[use]}`,
          group: "Setting",
          words: "policy",
          order: () => trust.setPolicy({ use }),
        }),
      ),
  ];
}

function browser(): AppAction[] {
  return [
    {
      id: "theme",
      label: theme() === "dark" ? "Use the light theme" : "Use the dark theme",
      group: "This browser",
      keys: "d",
      now: () => toggleTheme(),
    },
    {
      id: "customise",
      label: "Customise the overview",
      group: "This browser",
      words: "arrange rearrange move hide show cards order reset",
      now: page("/?arrange=true"),
    },
    { id: "help", label: "Keyboard", group: "This browser", keys: "?", now: dialog("help") },
    {
      id: "signout",
      label: "Sign this browser out",
      group: "This browser",
      sure: "Sign out? You need a new link to come back.",
      order: async () => {
        await api.signOut();
        live.signOut();
      },
    },
  ];
}
