import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

// Node 20 has no Map.groupBy; without it vitest fails to print why a test failed.
interface Grouper {
  groupBy?: <K, V>(items: Iterable<V>, keyOf: (item: V, index: number) => K) => Map<K, V[]>;
}
(Map as unknown as Grouper).groupBy ??= (items, keyOf) => {
  const groups: ReturnType<NonNullable<Grouper["groupBy"]>> = new Map();
  let index = 0;
  for (const item of items) {
    const key = keyOf(item, index++);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups as never;
};

// "virtual:config-keys" is the properties of the Config of a profile, out of the server's OpenAPI document: what a page
// says of a key is what the server says of it.
function configKeys(): Plugin {
  const name = "virtual:config-keys";
  const document = fileURLToPath(new URL("../api/openapi.json", import.meta.url));
  return {
    name: "config-keys",
    resolveId: (id) => (id === name ? `\0${name}` : undefined),
    load(id) {
      if (id !== `\0${name}`) return undefined;
      this.addWatchFile(document);
      const { components } = JSON.parse(readFileSync(document, "utf8"));
      return `export default ${JSON.stringify(components.schemas.Config.properties)}`;
    },
  };
}

// The address of a running adit (or of dev/mock-server.mjs) for "npm run dev".
const backend = process.env.ADIT_DEV_API ?? "http://127.0.0.1:8099";

export default defineConfig({
  plugins: [react(), tailwindcss(), configKeys()],
  build: {
    // The page may load from its own origin only, so nothing becomes a data: address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  server: {
    host: "127.0.0.1",
    port: 5173,
    proxy: { "/api": { target: backend, ws: true }, "/__mock": backend },
  },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});
