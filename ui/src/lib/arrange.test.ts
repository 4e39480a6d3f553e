import { describe, expect, it } from "vitest";
import { type CardId, cards, defaults, move, ordered, readArrangement, rows, setHidden } from "./arrange";

const usual = cards.map((c) => c.id);

describe("what was stored", () => {
  it.each([null, 7, "x", [], {}, { order: "devices", hidden: 3 }, { order: [null, {}, "nowhere"] }])(
    "%j is the default",
    (raw) => {
      expect(readArrangement(raw)).toEqual(defaults);
      expect(ordered(readArrangement(raw))).toEqual(usual);
    },
  );

  it("keeps what it knows, once", () => {
    const raw = { order: ["devices", "weather", "needs", "devices"], hidden: ["practice", "weather", "practice"] };
    expect(readArrangement(raw)).toEqual({ order: ["devices", "needs"], hidden: ["practice"] });
  });

  it("never hides what needs a person", () => {
    expect(readArrangement({ order: [], hidden: ["needs", "start", "itself"] }).hidden).toEqual(["itself"]);
  });
});

describe("order", () => {
  it("gives a card that was not known then its default place", () => {
    const old: CardId[] = ["itself", "devices", "hashrate", "needs"];
    expect(ordered({ order: old, hidden: [] })).toEqual([
      "itself",
      "devices",
      "practice",
      "hashrate",
      "earnings",
      "needs",
      "start",
    ]);
    expect(ordered({ order: ["devices"], hidden: [] })[0]).toBe("needs");
  });

  it("moves one place, and stays at the ends", () => {
    const up = move(defaults, "devices", -1);
    expect(ordered(up)).toEqual(["needs", "start", "hashrate", "devices", "earnings", "practice", "itself"]);
    expect(ordered(move(up, "devices", 1))).toEqual(usual);
    expect(move(defaults, "needs", -1)).toBe(defaults);
    expect(move(defaults, "itself", 1)).toBe(defaults);
    expect(ordered(defaults)).toEqual(usual);
  });

  it("is kept by a read of what was written", () => {
    const a = setHidden(move(defaults, "itself", -1), "earnings", true);
    expect(readArrangement(JSON.parse(JSON.stringify(a)))).toEqual(a);
  });
});

it("hides and shows, but not what must be seen", () => {
  const a = setHidden(setHidden(defaults, "practice", true), "practice", true);
  expect(a.hidden).toEqual(["practice"]);
  expect(setHidden(a, "practice", false).hidden).toEqual([]);
  expect(setHidden(defaults, "needs", true).hidden).toEqual([]);
});

describe("rows", () => {
  const columns = (ids: CardId[]) => rows(ids).map((r) => r.columns);

  it("put the default beside each other", () => {
    expect(columns(usual)).toEqual([
      [["needs"]],
      [["start"]],
      [["hashrate", "earnings"], ["devices"]],
      [["practice"]],
      [["itself"]],
    ]);
  });

  it("are mirrored where the narrow column comes first", () => {
    expect(rows(["devices", "hashrate", "earnings"])).toEqual([
      { key: "devices", mirrored: true, columns: [["devices"], ["hashrate", "earnings"]] },
    ]);
  });

  it("break where a wide card or a third change stands between", () => {
    expect(columns(["hashrate", "devices", "earnings"])).toEqual([[["hashrate"], ["devices"]], [["earnings"]]]);
    expect(columns(["hashrate", "practice", "devices"])).toEqual([[["hashrate"]], [["practice"]], [["devices"]]]);
  });

  it("read in the order of the cards, whatever it is", () => {
    const all = (rest: CardId[]): CardId[][] =>
      rest.length < 2 ? [rest] : rest.flatMap((id) => all(rest.filter((x) => x !== id)).map((o) => [id, ...o]));
    const orders = all(usual);
    expect(orders).toHaveLength(5040);
    const wrong = orders.filter(
      (o) =>
        rows(o)
          .flatMap((r) => r.columns.flat())
          .join() !== o.join(),
    );
    expect(wrong).toEqual([]);
  });
});
