/** How the lines of a chart are told apart: by colour and by dashes, and their names stand in the legend. */
export interface Look {
  /** A colour token. */
  colour: string;
  /** Lengths of dash and hole; empty: solid. */
  dash: number[];
}

// Colours that mean a state (ok, crit) are kept for lines that are about that state.
const colours = ["lamp", "info", "fg-0", "fg-1"];
const dashes = [[], [8, 4], [2, 3], [10, 3, 2, 3]];

export function lookOf(index: number): Look {
  return { colour: colours[index % colours.length] ?? "lamp", dash: dashes[index % dashes.length] ?? [] };
}
