import { expect, test } from "vitest";
import { Remembered } from "./remembered";

function memory(content: Record<string, string> = {}) {
  return {
    getItem: (k: string) => content[k] ?? null,
    setItem: (k: string, v: string) => {
      content[k] = v;
    },
  } as unknown as Storage;
}

const number = (raw: unknown) => (typeof raw === "number" ? raw : 7);

test("a choice is kept, and told to who listens", () => {
  const content = {};
  const r = new Remembered("k", number, () => memory(content));
  let told = 0;
  const stop = r.subscribe(() => told++);
  expect(r.get()).toBe(7);
  r.set(9);
  stop();
  r.set(10);
  expect([r.get(), told]).toEqual([10, 1]);
  expect(new Remembered("k", number, () => memory(content)).get()).toBe(10);
});

test("nonsense in the store, or no store, is as if nothing were stored", () => {
  expect(new Remembered("k", number, () => memory({ k: "{" })).get()).toBe(7);
  expect(new Remembered("k", number, () => memory({ k: '"x"' })).get()).toBe(7);
  const off = new Remembered("k", number, () => {
    throw new Error("storage is off");
  });
  off.set(3);
  expect(off.get()).toBe(3);
});
