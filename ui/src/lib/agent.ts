/** The browser and the system in a User-Agent, in two words; what is not known is said as it is. */
export function browserName(agent: string): string {
  if (agent === "") return "A browser that did not tell its name";
  const browser = [
    [/Edg\//, "Edge"],
    [/OPR\//, "Opera"],
    [/Firefox\//, "Firefox"],
    [/(Chrome|Chromium|HeadlessChrome)\//, "Chrome"],
    [/Safari\//, "Safari"],
  ].find(([re]) => (re as RegExp).test(agent))?.[1];
  const system = [
    [/Android/, "Android"],
    [/iPhone|iPad/, "iOS"],
    [/Windows/, "Windows"],
    [/Mac OS X/, "macOS"],
    [/Linux/, "Linux"],
  ].find(([re]) => (re as RegExp).test(agent))?.[1];
  if (!browser) return agent.length > 60 ? `${agent.slice(0, 59)}…` : agent;
  return system ? `${browser} on ${system}` : String(browser);
}
