import { describe, expect, it } from "vitest";
import type { CatalogueEntry, Installed, InstallJob } from "../api/install";
import { compareVersions, feeWords, programs, sourceWords, updateOf } from "./programs";

const entry = (program: string, version: string, here = true) =>
  ({
    program,
    title: program.toUpperCase(),
    version,
    here,
    platform: here ? "linux/amd64" : "windows/amd64",
  }) as CatalogueEntry;
const have = (program: string, version: string, current = true) => ({ program, version, current }) as Installed;
const job = (program: string, phase: InstallJob["phase"], at: string) => ({ program, phase, at }) as InstallJob;

describe("the list of programs", () => {
  it("joins what is offered, what is installed and what is under way", () => {
    const list = programs(
      [entry("xmrig", "6.9.0"), entry("xmrig", "6.26.0"), entry("other", "1.0", false)],
      [have("xmrig", "6.25.0", false), have("xmrig", "6.9.0"), have("own", "1")],
      [
        job("xmrig", "failed", "2026-01-01"),
        job("xmrig", "downloading", "2026-01-02"),
        job("gone", "done", "2026-01-01"),
      ],
    );
    expect(list.map((p) => p.name)).toEqual(["own", "xmrig", "other"]);
    const [, xmrig, other] = list;
    expect(other?.offers).toEqual([]);
    expect(other?.elsewhere).toEqual(["windows/amd64"]);
    expect(xmrig?.offers.map((o) => o.version)).toEqual(["6.26.0", "6.9.0"]);
    expect(xmrig?.installed.map((o) => o.version)).toEqual(["6.9.0", "6.25.0"]);
    expect(xmrig?.job?.phase).toBe("downloading");
    expect(xmrig && updateOf(xmrig)).toBe("6.26.0");
  });
  it("offers no update to the newest, nor to what is not installed", () => {
    const [a] = programs([entry("a", "2")], [have("a", "2")], []);
    const [b] = programs([entry("b", "2")], [], []);
    expect(a && updateOf(a)).toBeNull();
    expect(b && updateOf(b)).toBeNull();
  });
});

it("compares versions by number", () => {
  expect(compareVersions("6.9.0", "6.26.0")).toBe(-1);
  expect(compareVersions("v1.0", "1.0.0")).toBe(0);
  expect(compareVersions("1.0-beta", "1.0-alpha")).toBe(1);
});

it("says what is unknown", () => {
  expect(feeWords(null)).toBe("Fee unknown");
  expect(feeWords(0)).toBe("No fee");
  expect(feeWords(1)).toBe("Fee 1 %");
  expect(sourceWords("")).toBe("Source unknown");
});
