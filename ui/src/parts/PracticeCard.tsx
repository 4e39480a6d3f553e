import { api } from "../api/rest";
import type { Practice } from "../api/types";
import { useCall } from "../lib/call";
import { count, hashrate, plain, text } from "../lib/format";
import { Age } from "./Age";
import { Button, Failure } from "./Button";
import { Card } from "./Card";
import { Known } from "./Hint";
import { type Shape, StateWord } from "./StateMark";

const verifier: Record<Practice["verifier"], [Shape, string]> = {
  ok: ["ok", "Every share is checked"],
  starting: ["starting", "The checker starts"],
  missing: ["warn", "No checker"],
  failed: ["crit", "The checker failed"],
};

/** The practice server: who works on it, and whether their work is really checked. */
export function PracticeCard({ practice }: { practice: Practice }) {
  const stop = useCall(api.stopPractice);
  const [shape, word] = verifier[practice.verifier];
  return (
    <Card
      title="Practice"
      jumps
      aside={
        <Button small busy={stop.busy} onClick={() => void stop.run()}>
          Stop practice
        </Button>
      }
    >
      <p className="mb-3 text-fg-1">Real work, checked on this computer and then thrown away. It earns nothing.</p>
      <Failure words={stop.error} />
      <p className="mb-3 flex flex-wrap gap-x-4 gap-y-1">
        <StateWord state={shape} word={word} />
        {practice.verifierWords ? <span className="text-fg-1">{practice.verifierWords}</span> : null}
      </p>
      <p className="mb-3">
        <span className="num">{count(practice.accepted)}</span> {practice.accepted === 1 ? "share" : "shares"} accepted,{" "}
        <span className="num">{count(practice.rejected)}</span> rejected
        {practice.listen ? (
          <>
            , at <span className="num whitespace-nowrap select-all">{practice.listen}</span>
          </>
        ) : null}
        .
      </p>
      {practice.connections.length === 0 ? (
        <p className="text-fg-1">No program is connected to it.</p>
      ) : (
        <Connections practice={practice} />
      )}
    </Card>
  );
}

function Connections({ practice }: { practice: Practice }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a scrolling box, not a group of form fields
    <div className="relative overflow-x-auto" tabIndex={0} role="group" aria-label="Programs connected to practice">
      <table className="w-full text-[13px]">
        <thead className="text-left text-fg-1">
          <tr>
            {["Program", "Login", "Difficulty", "Hashrate", "Accepted", "Rejected", "Last share"].map((h, i) => (
              <th
                key={h}
                scope="col"
                className={`py-1.5 pr-4 font-medium whitespace-nowrap ${i > 1 ? "text-right" : ""}`}
              >
                {h}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="num">
          {practice.connections.map((c, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two programs may log in alike; the list has no other identity
            <tr key={`${c.login} ${i}`} className="border-t border-bg-2 whitespace-nowrap">
              <td className="max-w-48 truncate py-1.5 pr-4">{c.agent || "unnamed"}</td>
              <td className="max-w-40 truncate py-1.5 pr-4">{c.login}</td>
              <td className="py-1.5 pr-4 text-right">{plain(c.difficulty)}</td>
              <td className="py-1.5 pr-4 text-right">
                <Known value={text(hashrate(c.hashrate))} why="Too few shares yet to tell." />
              </td>
              <td className="py-1.5 pr-4 text-right">{count(c.accepted)}</td>
              <td className="py-1.5 pr-4 text-right">{count(c.rejected)}</td>
              <td className="py-1.5 pr-4 text-right">
                <Age at={c.lastShareAt} why="No share has been accepted yet." />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
