import { expect, test } from "vitest";
import { find } from "./find";

const all = [
  { id: "a", label: "Go to Statistics", group: "Page" },
  { id: "b", label: "Start the profile Night", group: "Profile", words: "xmrig" },
  { id: "c", label: "Stop XMRig", group: "Program" },
  { id: "d", label: "Restart XMRig", group: "Program" },
];
const ids = (query: string, last: string[] = []) => find(all, query, last).map((x) => x.id);

test("with no words the recent ones come first, the rest as it was", () => {
  expect(ids("")).toEqual(["a", "b", "c", "d"]);
  expect(ids(" ", ["d", "gone", "b"])).toEqual(["d", "b", "a", "c"]);
});

test("every word must be there, in the label or beside it", () => {
  expect(ids("xmrig")).toEqual(["c", "d", "b"]);
  expect(ids("profile night")).toEqual(["b"]);
  expect(ids("xmrig nothing")).toEqual([]);
});

test("a word at the beginning counts more than one inside", () => {
  expect(ids("st")).toEqual(["b", "c", "a", "d"]);
  expect(ids("st", ["c"])).toEqual(["c", "b", "a", "d"]);
});
