import { useState } from "react";
import { type InstallRequest, install } from "../../api/install";
import { useCall } from "../../lib/call";
import { bytes } from "../../lib/format";
import { feeWords, type Program, sourceWords, underWay, updateOf } from "../../lib/programs";
import { useLive } from "../../live/hooks";
import { Button, Failure } from "../Button";
import { Card } from "../Card";
import { Words } from "../Command";
import { Hint } from "../Hint";
import { InstalledList } from "./InstalledList";
import { JobProgress, type JobView } from "./JobProgress";
import { ProgramState } from "./ProgramState";

interface Props {
  program: Program;
  rig: string;
  onChanged: () => void;
}

/** One mining program: whose it is, what it takes, what is installed of it, and the way to get it. */
export function ProgramCard({ program: p, rig, onChanged }: Props) {
  const live = useLive(`install/${rig}/${p.name}`);
  const job: JobView | null = live ? { ...live, reason: live.words } : p.job;
  const busy = job !== null && underWay(job);
  return (
    <Card title={p.title} aside={<ProgramState program={p} />}>
      <Facts program={p} />
      {job ? (
        <div className="mt-4 empty:hidden" aria-live="polite">
          <JobProgress job={job} title={p.title} />
        </div>
      ) : null}
      <InstalledList program={p} onChanged={onChanged} />
      {p.offers.length > 0 ? (
        <Get key={p.offers[0]?.version} program={p} busy={busy} onChanged={onChanged} />
      ) : (
        <p className="mt-4 text-fg-1">{nothing(p)}</p>
      )}
    </Card>
  );
}

function nothing(p: Program): string {
  if (p.elsewhere.length > 0) return `The catalogue has it for ${p.elsewhere.join(", ")} only, not for this computer.`;
  return "The catalogue does not know it: a newer version can only come from an archive of yours.";
}

/** What a person should know before it runs here. */
function Facts({ program: p }: { program: Program }) {
  const about = p.offers[0] ?? p.installed[0];
  if (!about) return null;
  const size = p.offers[0]?.size ?? null;
  return (
    <ul className="flex flex-wrap gap-x-5 gap-y-1 text-[13px]">
      <li className="font-medium">
        <Hint words="What the program's author takes of your work. adit takes nothing.">
          {feeWords(about.feePercent)}
        </Hint>
      </li>
      <li>{sourceWords(about.source)}</li>
      <li>{about.licence || "Licence unknown"}</li>
      {size === null ? null : <li className="num">{bytes(size)}</li>}
      {about.digestSource ? (
        <li>
          <Hint words={`From ${about.digestSource}`}>Published digest</Hint>
        </li>
      ) : null}
    </ul>
  );
}

/** Choosing a version and getting it. */
function Get({ program: p, busy, onChanged }: { program: Program; busy: boolean; onChanged: () => void }) {
  const [version, setVersion] = useState(p.offers[0]?.version ?? "");
  const begin = useCall((request: InstallRequest) => install.begin(p.name, request));
  const have = p.installed.some((i) => i.version === version && i.state === "ok");
  const sound = p.installed.some((i) => i.state === "ok");
  const word = have ? "Installed" : sound && updateOf(p) === version ? `Update to ${version}` : `Install ${version}`;
  const entry = p.offers.find((o) => o.version === version);
  return (
    <div className="mt-4 space-y-3">
      <div className="flex flex-wrap items-center gap-3">
        {p.offers.length > 1 ? (
          <label className="inline-flex items-center gap-2 text-[13px] text-fg-1">
            Version
            <select
              aria-label={`Version of ${p.title}`}
              value={version}
              onChange={(e) => setVersion(e.target.value)}
              className="num min-h-9 rounded-md border border-fg-2 bg-bg-0 px-2 text-fg-0"
            >
              {p.offers.map((o) => (
                <option key={o.version}>{o.version}</option>
              ))}
            </select>
          </label>
        ) : null}
        <Button
          kind={sound ? "plain" : "primary"}
          busy={begin.busy}
          disabled={busy || have}
          aria-label={`${word}: ${p.title}`}
          onClick={() => void begin.run({ version }).then((ok) => ok && onChanged())}
        >
          {word}
        </Button>
      </div>
      <Failure words={begin.error} />
      {entry && !have ? (
        <details className="text-[13px]">
          <summary className="cursor-pointer text-fg-1">What will be downloaded</summary>
          <dl className="mt-2 grid gap-x-4 gap-y-1 sm:grid-cols-[max-content_minmax(0,1fr)]">
            <dt className="text-fg-1">Address</dt>
            <dd className="num break-all">{entry.url}</dd>
            <dt className="text-fg-1">SHA-256</dt>
            <dd className="num break-all">{entry.sha256}</dd>
            <dt className="text-fg-1">Digest from</dt>
            <dd className="break-words">{entry.digestSource || "not known"}</dd>
            <dt className="text-fg-1">In a terminal</dt>
            <dd className="num select-all">
              <Words line={`adit install ${p.name} --version ${entry.version}`} />
            </dd>
          </dl>
        </details>
      ) : null}
    </div>
  );
}
