import { readFile } from "node:fs/promises";
import openapi, { astToString } from "openapi-typescript";
import { expect, test } from "vitest";

test("schema.gen.ts is what api/openapi.json says: run npm run generate when this fails", async () => {
  const made = astToString(await openapi(new URL("../../../api/openapi.json", import.meta.url)));
  const kept = await readFile(new URL("./schema.gen.ts", import.meta.url), "utf8");
  const body = (s: string) => s.slice(s.indexOf("export interface paths"));
  expect(body(kept)).toBe(body(made));
});
