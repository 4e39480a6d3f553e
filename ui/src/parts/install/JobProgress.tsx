import type { InstallJob } from "../../api/install";
import { install } from "../../api/install";
import { useCall } from "../../lib/call";
import { bytes, percent, sentence } from "../../lib/format";
import { underWay } from "../../lib/programs";
import { Button, Failure } from "../Button";
import { StateWord } from "../StateMark";

export type JobView = Pick<
  InstallJob,
  "id" | "program" | "version" | "phase" | "done" | "total" | "speed" | "from" | "reason"
>;

/** An installation: how far it is and how fast, or why it failed. */
export function JobProgress({ job, title }: { job: JobView; title: string }) {
  const stop = useCall(() => install.cancel(job.id));
  if (job.phase === "failed") {
    return (
      <div className="space-y-1">
        <StateWord state="crit" word={`Installing ${named(title, job.version)} failed`} />
        <p role="alert" className="text-crit">
          {sentence(job.reason) || "The agent gave no reason."}
        </p>
      </div>
    );
  }
  if (!underWay(job)) return null;
  const part = job.total !== null && job.total > 0 ? Math.min(1, job.done / job.total) : null;
  return (
    <div className="space-y-2">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
        <p>
          <StateWord state="starting" word={job.phase} /> <span className="text-fg-1">{details(job)}</span>
        </p>
        <Button small busy={stop.busy} onClick={() => void stop.run()} aria-label={`Cancel installing ${title}`}>
          Cancel
        </Button>
      </div>
      <div
        role="progressbar"
        aria-label={`Installing ${named(title, job.version)}`}
        aria-valuemin={0}
        aria-valuemax={100}
        {...(part === null ? {} : { "aria-valuenow": Math.round(part * 100) })}
        aria-valuetext={part === null ? sentence(job.phase) : `${sentence(job.phase)}, ${percent(part)}`}
        className="h-2 overflow-hidden rounded-full bg-bg-2"
      >
        <div className="h-full bg-lamp" style={{ width: part === null ? "4%" : `${part * 100}%` }} />
      </div>
      <Failure words={stop.error} />
    </div>
  );
}

const named = (title: string, version: string) => (version ? `${title} ${version}` : title);

function details(job: JobView): string {
  const words: string[] = [];
  if (job.total !== null) words.push(`${bytes(job.done)} of ${bytes(job.total)}`);
  else if (job.done > 0) words.push(bytes(job.done));
  if (job.speed !== null && job.phase === "downloading") words.push(`${bytes(job.speed)}/s`);
  if (job.from) words.push(`from ${job.from}`);
  return words.join(" · ");
}
