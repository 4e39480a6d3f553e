import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { CheckResult, Estimate, Rendered } from "../../api/profiles";
import { wordsOf } from "../../api/rest";
import { place, withoutPlace } from "../../lib/checkerrors";
import { Failure } from "../Button";
import { Card } from "../Card";
import { StateWord } from "../StateMark";
import EstimateView from "./EstimateView";

interface Props {
  /** Nothing is typed yet. */
  blank: boolean;
  check: UseQueryResult<CheckResult>;
  estimate: UseQueryResult<Estimate>;
  /** Stands between the two: save, start. */
  children: ReactNode;
}

/** What the form comes to: whether it would be accepted, what it would bring, and how the program would be run. */
export function ResultPanel({ blank, check, estimate, children }: Props) {
  return (
    <>
      <Card title="Expected result">
        {estimate.data ? (
          <EstimateView estimate={estimate.data} />
        ) : estimate.error ? (
          <Failure words={wordsOf(estimate.error)} />
        ) : (
          <p className="text-fg-1">Reckoning</p>
        )}
      </Card>
      {children}
      <Card title="Resulting configuration" aside={blank ? null : <Verdict check={check} />}>
        {blank ? (
          <p className="text-fg-1">
            Choose a pool and type an address: then it stands here how the program will be run.
          </p>
        ) : (
          <Outcome check={check} />
        )}
      </Card>
    </>
  );
}

function Verdict({ check }: { check: UseQueryResult<CheckResult> }) {
  if (!check.data) return null;
  return check.data.ok ? (
    <StateWord state="ok" word="Would be accepted" />
  ) : (
    <StateWord state="warn" word="Would be refused" />
  );
}

function Outcome({ check }: { check: UseQueryResult<CheckResult> }) {
  if (check.error) return <Failure words={wordsOf(check.error)} />;
  if (!check.data) return <p className="text-fg-1">Checking</p>;
  const { errors, rendered, why } = check.data;
  if (errors.length > 0) {
    return (
      <ul className="space-y-1">
        {errors.map((e) => (
          <li key={`${e.location} ${e.message}`}>
            <span className="num">{place(e.location)}</span>: {withoutPlace(e)}
          </li>
        ))}
      </ul>
    );
  }
  if (!rendered)
    return <p className="text-fg-1">{why || "The agent could not be asked how it would run the program."}</p>;
  return <RenderedView rendered={rendered} />;
}

/** The command line and the files that the program would get; secrets are kept out. */
export function RenderedView({ rendered: r }: { rendered: Rendered }) {
  const files = Object.entries(r.files);
  return (
    <div className="space-y-3 text-[13px]">
      {r.path === "" ? (
        <p>
          <StateWord state="warn" word="The program is not installed yet" />
        </p>
      ) : null}
      <p className="text-fg-1">Secrets are kept out of what is shown here.</p>
      <Code label="Command line" text={[r.path || "(program)", ...r.args].map(quoted).join(" ")} />
      {files.map(([name, text]) => (
        <Code key={name} label={name} text={text} />
      ))}
    </div>
  );
}

const quoted = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`);

function Code({ label, text }: { label: string; text: string }) {
  return (
    <div>
      <p className="mb-1 font-medium">{label}</p>
      <section aria-label={label} tabIndex={0} className="max-h-80 overflow-auto rounded-sm border border-bg-2 bg-bg-0">
        <pre className="num p-2 text-[12px] leading-4 whitespace-pre-wrap">{text}</pre>
      </section>
    </div>
  );
}
