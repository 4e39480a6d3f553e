/** The sections of the settings, in their order: they stand in the address as /settings/<id>. */
export const sections = [
  { id: "general", title: "General", words: "units, language, currency, time zone, theme, profile" },
  { id: "power", title: "Power and figures", words: "electricity price, coin price, difficulty, reward, feed, watts" },
  { id: "policy", title: "Mining policy", words: "idle, battery, temperature, processor, limits" },
  { id: "notifications", title: "Notifications", words: "bell, browser, warnings" },
  { id: "signin", title: "Sign-in", words: "one-time link, open logins, browsers" },
  { id: "tokens", title: "Tokens", words: "api keys, scopes, prometheus" },
  { id: "backup", title: "Backup and restore", words: "download, copies of the database" },
  { id: "security", title: "Security check", words: "what could be misused" },
  { id: "privacy", title: "Privacy", words: "outbound connections" },
  { id: "fees", title: "Fee ledger", words: "what programs take for their authors" },
  { id: "danger", title: "Danger zone", words: "export, consent, uninstall" },
] as const;

export type SectionId = (typeof sections)[number]["id"];

export function isSection(id: string): id is SectionId {
  return sections.some((s) => s.id === id);
}
