import { useState } from "react";
import { type Installed, install } from "../../api/install";
import { useCall } from "../../lib/call";
import { sentence } from "../../lib/format";
import type { Program } from "../../lib/programs";
import { Age } from "../Age";
import { Button, Failure } from "../Button";
import { Confirm } from "../Confirm";
import { StateWord } from "../StateMark";

/** The versions that are here, the one that is started first. */
export function InstalledList({ program, onChanged }: { program: Program; onChanged: () => void }) {
  if (program.installed.length === 0) return null;
  return (
    <ul
      aria-label={`Installed versions of ${program.title}`}
      className="mt-4 divide-y divide-bg-2 border-y border-bg-2"
    >
      {program.installed.map((i) => (
        <Version key={i.version} program={program} version={i} onChanged={onChanged} />
      ))}
    </ul>
  );
}

function Version({
  program: p,
  version: v,
  onChanged,
}: {
  program: Program;
  version: Installed;
  onChanged: () => void;
}) {
  const [asking, setAsking] = useState(false);
  const change = useCall((order: () => Promise<unknown>) => order());
  const run = (order: () => Promise<unknown>) => void change.run(order).then((ok) => ok && onChanged());
  const name = `${p.title} ${v.version}`;
  return (
    <li className="space-y-2 py-3">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <span className="num font-medium">{v.version}</span>
        <VersionState version={v} />
        {v.current && p.installed.length > 1 ? <span className="text-[13px] text-fg-1">started by adit</span> : null}
        {v.pinned ? <span className="text-[13px] text-fg-1">pinned: no update is offered</span> : null}
        <span className="ml-auto flex flex-wrap gap-2">
          {v.current || v.state !== "ok" ? null : (
            <Button small busy={change.busy} onClick={() => run(() => install.use(p.name, v.version))}>
              Use this one
            </Button>
          )}
          <Button
            small
            busy={change.busy}
            onClick={() => run(() => (v.pinned ? install.unpin(p.name) : install.pin(p.name, v.version)))}
            aria-label={v.pinned ? `Unpin ${name}` : `Pin ${name}`}
          >
            {v.pinned ? "Unpin" : "Pin"}
          </Button>
          <Button small onClick={() => setAsking(true)} aria-label={`Uninstall ${name}`}>
            Uninstall
          </Button>
        </span>
      </div>
      {v.state === "ok" ? null : <p className="text-crit">{sentence(v.words) || fallback(v)}</p>}
      <p className="text-[13px] text-fg-1">
        Installed <Age at={v.installedAt} why="It is not known when." />
        {v.vouched === "you" ? "; you vouched for its digest." : "; the catalogue vouches for its digest."}
      </p>
      <details className="text-[13px]">
        <summary className="cursor-pointer text-fg-1">Where it lies</summary>
        <dl className="mt-2 grid gap-x-4 gap-y-1 sm:grid-cols-[max-content_minmax(0,1fr)]">
          <dt className="text-fg-1">Program</dt>
          <dd className="num break-all">{v.binary}</dd>
          <dt className="text-fg-1">SHA-256</dt>
          <dd className="num break-all">{v.sha256}</dd>
        </dl>
      </details>
      <Failure words={change.error} />
      {asking ? (
        <Confirm
          title={`Uninstall ${name}`}
          about="Its files are removed from this computer. Profiles that use the program stay and can be started again after it is installed anew."
          yes={`Uninstall ${name}`}
          order={() => install.uninstall(p.name, v.version)}
          onDone={() => {
            setAsking(false);
            onChanged();
          }}
          onClose={() => setAsking(false)}
        />
      ) : null}
    </li>
  );
}

function VersionState({ version: v }: { version: Installed }) {
  if (v.state === "ok") return <StateWord state="ok" word="Sound" />;
  return <StateWord state="crit" word={v.state === "missing" ? "Removed" : "Changed"} />;
}

const fallback = (v: Installed) =>
  v.state === "missing"
    ? "Its program file is gone, likely removed by an antivirus. Install it again after you have read below why that happens."
    : "Its program file is not the one that was installed, so adit does not start it. Uninstall it and install it again.";
