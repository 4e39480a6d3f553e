import { sentence } from "./format";

/** A place in a request as the form names it: "body.config.pools[0].pool" → "pools[0].pool", "body.name" → "name". */
export function place(location: string): string {
  return location.replace(/^\/?body[./]/, "").replace(/^config[./]/, "");
}

/** Errors by place; of two at one place the first. A message that begins with its place's name goes on without it. */
export function byPlace(errors: { location: string; message: string }[]): Record<string, string> {
  const out: Record<string, string> = {};
  for (const e of errors) out[place(e.location)] ??= withoutPlace(e);
  return out;
}

export function withoutPlace({ location, message }: { location: string; message: string }): string {
  const at = place(location);
  for (const name of [at, location, at.split(".").pop() ?? at]) {
    if (name !== "" && message.startsWith(`${name}: `)) return sentence(message.slice(name.length + 2));
  }
  return message;
}
