import type { Device } from "../api/types";
import { sentence } from "../lib/format";
import { programOf } from "../lib/program";
import { feeWords } from "../lib/programs";
import { Age } from "./Age";
import { Hint } from "./Hint";
import { StateWord } from "./StateMark";

/** Which program an instance runs and what its author takes, under the instance's name; nothing where both go without saying. */
export function ProgramLine({ device: d }: { device: Device }) {
  const program = programOf(d);
  const free = d.feePercent === 0 && !d.fee?.active;
  if (free && d.title.toLowerCase().includes(d.name.toLowerCase())) return null;
  return (
    <p className="flex flex-wrap items-baseline gap-x-3 gap-y-1 text-[13px] text-fg-1">
      {program ? <span>{sentence(program)}</span> : null}
      <span>
        <Hint
          words={
            d.feePercent === null
              ? "The program does not tell what its author takes."
              : "Share of the work that goes to the program's author. adit takes none."
          }
        >
          {feeWords(d.feePercent)}
        </Hint>
      </span>
      {d.fee?.active ? <FeeNow since={d.fee.since} /> : null}
    </p>
  );
}

/** The program works for its author at this moment. */
export function FeeNow({ since }: { since: string | null }) {
  return (
    <span className="text-fg-0">
      <StateWord state="info" word="its author's round now" />
      {since ? (
        <span className="text-fg-1">
          , since <Age at={since} why="" />
        </span>
      ) : null}
    </span>
  );
}
