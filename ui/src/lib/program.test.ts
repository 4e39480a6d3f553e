import { expect, it } from "vitest";
import { nameAndProgram, nameOf, programOf } from "./program";

const of = (name: string, title: string, version: string | null = null) => ({ name, title, version });

it("an instance is called by its name, with the program beside it", () => {
  const desk = of("desk", "XMRig", "6.26.0");
  expect([nameOf(desk), programOf(desk), nameAndProgram(desk)]).toEqual(["desk", "XMRig 6.26.0", "desk (XMRig)"]);
  expect(programOf(of("desk", "XMRig"))).toBe("XMRig");
  expect(programOf(of("practice", "adit-miner", "adit-miner 0.1.0"))).toBe("adit-miner 0.1.0");
});

it("where both are the same, only the version is left to say", () => {
  const plain = of("xmrig", "XMRig", "6.26.0");
  expect([nameOf(plain), programOf(plain), nameAndProgram(plain)]).toEqual(["XMRig", "version 6.26.0", "XMRig"]);
  expect(programOf(of("xmrig", "XMRig"))).toBe("");
});
