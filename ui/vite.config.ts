import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
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

// The address of a running adit (or of dev/mock-server.mjs) for "npm run dev".
const backend = process.env.ADIT_DEV_API ?? "http://127.0.0.1:8099";

export default defineConfig({
  plugins: [react(), tailwindcss()],
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
