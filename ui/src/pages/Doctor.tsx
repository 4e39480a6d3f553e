import { useQuery } from "@tanstack/react-query";
import { examine, type Finding } from "../api/doctor";
import { wordsOf } from "../api/rest";
import { grouped, report, stateOf, verdict } from "../lib/findings";
import { plural } from "../lib/format";
import { Age } from "../parts/Age";
import { Button, Failure } from "../parts/Button";
import { Card } from "../parts/Card";
import { Command, CopyButton } from "../parts/Command";
import { FindingRow } from "../parts/FindingRow";
import { StateMark } from "../parts/StateMark";

/** What adit checked on this computer, and what to do about what is not well. */
export function Doctor() {
  const run = useQuery({
    queryKey: ["doctor"],
    queryFn: ({ signal }) => examine(signal),
    staleTime: 60_000,
    refetchOnWindowFocus: false,
  });
  const findings = run.data;
  return (
    <>
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <h1 className="text-[20px] leading-7">Doctor</h1>
        <div className="flex flex-wrap gap-2">
          {findings ? <CopyButton text={report(findings)} label="The report" what="Copy report" /> : null}
          <Button small busy={run.isFetching} onClick={() => void run.refetch()}>
            {run.isFetching ? "Looking" : "Look again"}
          </Button>
        </div>
      </div>
      {findings ? <Verdict findings={findings} at={new Date(run.dataUpdatedAt).toISOString()} /> : null}
      {run.isError ? <Broken words={wordsOf(run.error)} /> : null}
      {run.isPending ? <p className="text-fg-1">Looking at this computer. It takes a few seconds.</p> : null}
      {findings ? <Groups findings={findings} /> : null}
      <p className="flex flex-wrap items-center gap-3 text-[13px] text-fg-1">
        The same in a terminal: <Command label="Doctor in a terminal" line="adit doctor" />
      </p>
    </>
  );
}

function Verdict({ findings, at }: { findings: Finding[]; at: string }) {
  const v = verdict(findings);
  const notes = findings.filter((f) => stateOf(f) === "info").length;
  return (
    <p role="status" className="flex items-start gap-3 text-[16px] leading-6">
      <span className="mt-1.5">
        <StateMark state={v.state} />
      </span>
      <span>
        <strong className="font-semibold">{v.words}</strong>
        {notes > 0 ? `, ${plural(notes, "note")}` : ""}, last run <Age at={at} why="It has not run." />.
      </span>
    </p>
  );
}

function Broken({ words: why }: { words: string }) {
  return (
    <div className="space-y-3">
      <Failure words={`The computer could not be examined: ${why}`} />
      <p>
        The agent does the looking. Is it running? <Command label="How adit is" line="adit status" />
      </p>
    </div>
  );
}

function Groups({ findings }: { findings: Finding[] }) {
  return (
    <div className="gap-4 xl:columns-2">
      {grouped(findings).map((g) => (
        <Card key={g.name} title={g.title} className="mb-4 break-inside-avoid">
          <ul className="divide-y divide-bg-2">
            {g.findings.map((f) => (
              <FindingRow key={`${f.name} ${f.text}`} finding={f} />
            ))}
          </ul>
        </Card>
      ))}
    </div>
  );
}
