// Says how large the first load is, gzipped, and fails above the budget of the design.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const budget = 250_000;
const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const page = readFileSync(`${dist}index.html`, "utf8");
const files = [...page.matchAll(/(?:src|href)="\/([^"]+\.(?:js|css))"/g)].map((m) => m[1]);
let js = 0;
for (const f of files) {
  const size = gzipSync(readFileSync(dist + f)).length;
  if (f.endsWith(".js")) js += size;
  console.log(`${(size / 1000).toFixed(1).padStart(7)} kB gz  ${f}`);
}
console.log(`${(js / 1000).toFixed(1).padStart(7)} kB gz  JS of the first load; budget ${budget / 1000} kB`);
if (js === 0 || js > budget) process.exit(1);
