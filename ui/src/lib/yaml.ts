/** Plain data as YAML. Texts are written in double quotes, as in JSON, which YAML reads the same. */
export function yaml(value: unknown): string {
  const words = block(value, "");
  return words.startsWith("\n") ? words.slice(1) : `${words.trimStart()}\n`;
}

/** What stands after "key:": on the same line, or in lines of its own. */
function block(value: unknown, indent: string): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return " []\n";
    return `\n${value.map((v) => `${indent}-${item(v, `${indent}  `)}`).join("")}`;
  }
  if (typeof value === "object" && value !== null) {
    const keys = Object.entries(value).filter(([, v]) => v !== undefined);
    if (keys.length === 0) return " {}\n";
    return `\n${keys.map(([k, v]) => `${indent}${name(k)}:${block(v, `${indent}  `)}`).join("")}`;
  }
  return ` ${JSON.stringify(value ?? null)}\n`;
}

/** An entry of a list: its first key stands beside the dash. */
function item(value: unknown, indent: string): string {
  const words = block(value, indent);
  return words.startsWith("\n") ? ` ${words.slice(1 + indent.length)}` : words;
}

// Letters and digits only, and none of the words that YAML takes for something else.
const name = (key: string) =>
  /^[A-Za-z][A-Za-z0-9_]*$/.test(key) && !/^(y|n|yes|no|on|off|true|false|null)$/i.test(key)
    ? key
    : JSON.stringify(key);
