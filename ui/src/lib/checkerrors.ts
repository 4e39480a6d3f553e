/** A place in a request as the form names it: "body.config.pools[0].pool" → "pools[0].pool", "body.name" → "name". */
export function place(location: string): string {
  return location.replace(/^\/?body[./]/, "").replace(/^config[./]/, "");
}

/** Errors by place; of two at one place the first. */
export function byPlace(errors: { location: string; message: string }[]): Record<string, string> {
  const out: Record<string, string> = {};
  for (const e of errors) out[place(e.location)] ??= e.message;
  return out;
}
