import type { Finding } from "../api/doctor";
import { type FindingState, stateOf } from "../lib/findings";
import { sentence } from "../lib/format";
import { Command } from "./Command";
import { StateWord } from "./StateMark";

const words: Record<FindingState, string> = { ok: "Good", info: "Note", warn: "Warning", crit: "Critical" };

/** One thing that was looked at: its state, what is, and what to do. */
export function FindingRow({ finding: f }: { finding: Finding }) {
  const state = stateOf(f);
  const fix = state !== "ok" && (f.fix || f.command);
  return (
    <li className="grid grid-cols-[5.5rem_minmax(0,1fr)] gap-x-3 gap-y-1 py-2.5 first:pt-0 last:pb-0">
      <span className="self-start">
        <StateWord state={state} word={words[state]} />
      </span>
      <div className="min-w-0">
        <p>
          <strong className="font-medium">{f.group === "programs" ? f.name : sentence(f.name)}</strong>
          <span className="text-fg-1">: {f.text}</span>
        </p>
        {fix ? (
          <div className="mt-1.5 space-y-1.5 text-[13px]">
            {f.fix && f.fix !== f.command ? <p>To mend it: {f.fix}</p> : null}
            {f.command ? <Command label={`Mend ${f.name}`} line={f.command} /> : null}
          </div>
        ) : null}
      </div>
    </li>
  );
}
