import properties from "virtual:config-keys";

/** What a form needs to know of one key of a program's configuration. */
export interface KeySpec {
  key: string;
  kind: "text" | "number" | "boolean" | "choice";
  /** What it does, in the server's words where it has some. */
  help: string;
  min?: number;
  max?: number;
  choices?: string[];
  /** Never shown once it is saved. */
  secret: boolean;
}

export interface KeyGroup {
  title: string;
  about: string;
  keys: KeySpec[];
}

/** Keys that have a field of their own in the form. */
export const ownFields = [
  "name",
  "miner",
  "coin",
  "pool",
  "wallet",
  "password",
  "rigId",
  "tls",
  "tlsFingerprint",
  "nicehash",
  "pools",
  "threads",
];

// For the keys of which the server's document says nothing.
const ownWords: Record<string, string> = {
  background: "Run hidden. adit refuses it: a program that mines is always seen.",
  cuda: "Mine on NVIDIA cards.",
  opencl: "Mine on cards through OpenCL.",
  gpuAlgo: "Algorithm for the GPUs, such as kawpow; absent: the same.",
  gpuPassword: "Password at the pool for the GPUs.",
  hash: "Expected hash of a benchmark.",
  seed: "Seed of a benchmark.",
  stress: "Test the computer without mining.",
  submit: "Publish the result of a benchmark.",
  verify: "Benchmark to check again, by its identity.",
  syslog: "Write to the system's log too.",
  noColor: "No colours in the output.",
  noTitle: "Leave the console's title alone.",
  title: "Title of the console.",
  verbose: "Write more into the log.",
  hugePages: "Use large memory pages; RandomX is faster with them.",
};

const places: [title: string, about: string, keys: string[]][] = [
  [
    "Connection",
    "How the program speaks with the pool.",
    ["algo", "userPass", "keepalive", "proxy", "retries", "retryPause", "userAgent"],
  ],
  ["Author's fee", "What the program gives to its author. adit takes nothing.", ["donateLevel", "donateOverProxy"]],
  [
    "Processor",
    "How much of the processor is used, and how.",
    [
      "cpuMaxThreadsHint",
      "cpuAffinity",
      "cpuPriority",
      "noCpu",
      "cpuNoYield",
      "cpuMemoryPool",
      "asm",
      "av",
      "argon2Impl",
    ],
  ],
  ["Memory", "Large pages make RandomX faster.", ["hugePages", "hugepageSize", "hugePagesJIT"]],
  [
    "RandomX",
    "For Monero and other coins that hash RandomX.",
    [
      "randomXMode",
      "randomXInit",
      "randomX1GBPages",
      "randomXNoNuma",
      "randomXWrmsr",
      "randomXNoRdmsr",
      "randomXCacheQoS",
    ],
  ],
  [
    "Graphics cards",
    "Only for programs that mine on them.",
    [
      "gpuEnabled",
      "opencl",
      "cuda",
      "devices",
      "gpuAlgo",
      "gpuPool",
      "gpuWallet",
      "gpuPassword",
      "gpuIntensity",
      "gpuThreads",
      "intensity",
    ],
  ],
  [
    "When to pause",
    "For this program only; what holds for all programs stands under Settings.",
    ["pauseOnBattery", "pauseOnActive"],
  ],
  [
    "The program's own API",
    "adit reads the program through it. It listens on this computer only.",
    ["httpHost", "httpPort", "httpAccessToken", "httpNoRestricted", "apiWorkerId", "apiId"],
  ],
  [
    "Output",
    "What the program writes, and where.",
    [
      "verbose",
      "printTime",
      "healthPrintTime",
      "logFile",
      "logOutput",
      "syslog",
      "noColor",
      "title",
      "noTitle",
      "noDMI",
      "background",
    ],
  ],
  ["Benchmark", "Instead of mining.", ["bench", "stress", "submit", "verify", "seed", "hash"]],
  ["Further arguments", "Handed to the program as they are, after adit's own.", ["cliArgs"]],
];

/** All keys that have no field of their own, in groups. A key that the server has and no group names is under "Other". */
export function keyGroups(): KeyGroup[] {
  const groups = places.map(([title, about, keys]) => ({ title, about, keys: keys.flatMap(spec) }));
  const placed = new Set([...ownFields, ...places.flatMap(([, , keys]) => keys)]);
  const rest = Object.keys(properties).filter((k) => !placed.has(k));
  groups.push({ title: "Other", about: "What has no other place.", keys: rest.flatMap(spec) });
  return groups.filter((g) => g.keys.length > 0);
}

function spec(key: string): KeySpec[] {
  const p = properties[key];
  if (!p) return [];
  const type = [p.type].flat().find((t) => t !== "null");
  const help = sentenceOf(p.description ?? ownWords[key] ?? "");
  const common = { key, help, secret: p.writeOnly === true };
  if (type === "boolean") return [{ ...common, kind: "boolean" }];
  if (type === "integer") return [{ ...common, kind: "number", ...bounds(p.description ?? "") }];
  const choices = choicesIn(p.description ?? "");
  return [choices ? { ...common, kind: "choice", choices } : { ...common, kind: "text" }];
}

/** "0 (idle) to 5 (highest)" → 0 and 5. Nothing where the words name no bounds. */
export function bounds(words: string): { min?: number; max?: number } {
  const found = /(-?\d+)(?: \([^)]*\))? to (\d+)/.exec(words);
  return found ? { min: Number(found[1]), max: Number(found[2]) } : {};
}

/** "auto, fast or light" → its three words; null where the words are no such list. */
export function choicesIn(words: string): string[] | null {
  if (!/^[\w-]+(, [\w-]+)* or [\w-]+$/.test(words)) return null;
  return words.split(/, | or /);
}

function sentenceOf(words: string): string {
  if (words === "") return "";
  // A value like x86_64 stays as it is written.
  const first = /^[a-z]+\b(?!_)/.test(words) ? words.charAt(0).toUpperCase() + words.slice(1) : words;
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
