import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { type LastConfig, type Profile, profiles } from "../../api/profiles";
import { api } from "../../api/rest";
import type { Device } from "../../api/types";
import { useCall } from "../../lib/call";
import { hashrate, text } from "../../lib/format";
import { feeWords } from "../../lib/programs";
import { Age } from "../Age";
import { Button, Failure } from "../Button";
import { Known } from "../Hint";
import { StateWord } from "../StateMark";
import { useAvailable } from "../useAvailable";
import { ProfileMenu } from "./ProfileMenu";

interface Props {
  profile: Profile;
  /** Its program, where it runs. */
  device: Device | undefined;
  last: LastConfig | undefined;
  onStart: () => void;
  onChanged: () => void;
}

/** A profile in the list: what it is, whether it runs, and what can be done with it. */
export function ProfileRow({ profile: p, device, last, onStart, onChanged }: Props) {
  const program = useAvailable().find((a) => a.name === p.minerType || a.aliases?.includes(p.minerType));
  const running = device ? device.desired !== "stopped" : p.running === true;
  return (
    <li className="card min-w-0 p-4">
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1 basis-64">
          <h2 className="text-[15px] break-words">
            <Link to="/profiles" search={{ view: "edit", id: p.id }} className="hover:underline">
              {p.name}
            </Link>
          </h2>
          {p.description ? <p className="text-fg-1">{p.description}</p> : null}
          <p className="mt-1">
            <State profile={p} device={device} />
          </p>
        </div>
        <Orders profile={p} device={device} running={running} onStart={onStart} onChanged={onChanged} />
      </div>
      <dl className="mt-3 grid grid-cols-[repeat(auto-fill,minmax(8.5rem,1fr))] gap-x-6 gap-y-3">
        <Item label="Program">
          {p.minerType}
          <span className="block text-[13px] text-fg-1">{feeWords(program?.feePercent ?? null)}</span>
          {program && !program.installed ? (
            <Link to="/install" className="text-[13px] underline underline-offset-4">
              <StateWord state="warn" word="Not installed" />
            </Link>
          ) : null}
        </Item>
        <Item label="Pool" wide>
          <span className="num break-all">
            <Known value={p.config.pool ?? null} why="Its configuration names no pool." />
          </span>
          {p.config.pools?.length ? (
            <span className="block text-[13px] text-fg-1">and {p.config.pools.length} for when it fails</span>
          ) : null}
        </Item>
        <Item label="Threads">
          {p.config.threads ? <span className="num">{p.config.threads}</span> : "its own choice"}
        </Item>
        <Item label="Last used">
          <Age at={last?.at ?? null} why="It is not the configuration its program was started with last." />
        </Item>
        <Item label="Version">
          <Link to="/profiles" search={{ view: "versions", id: p.id }} className="num underline underline-offset-4">
            {p.version}
          </Link>
        </Item>
        <Autostart profile={p} onChanged={onChanged} />
      </dl>
    </li>
  );
}

function Item({ label, wide = false, children }: { label: string; wide?: boolean; children: React.ReactNode }) {
  return (
    <div className={wide ? "col-span-2 min-w-0" : "min-w-0"}>
      <dt className="text-[13px] text-fg-1">{label}</dt>
      <dd className="mt-0.5 break-words">{children}</dd>
    </div>
  );
}

function State({ profile: p, device }: { profile: Profile; device: Device | undefined }) {
  if (device) {
    return (
      <>
        <StateWord state={device.headline.state} word={device.headline.word} />
        {device.hashrate === null ? null : <span className="num ml-3">{text(hashrate(device.hashrate))}</span>}
      </>
    );
  }
  if (p.running === true) return <StateWord state="starting" word="Starting" />;
  if (p.running === null) return <StateWord state="blind" word="Not known whether it runs" />;
  return <StateWord state="stopped" word="Does not run" />;
}

interface OrdersProps {
  profile: Profile;
  device: Device | undefined;
  running: boolean;
  onStart: () => void;
  onChanged: () => void;
}

/** Start asks in a window; stop asks once. */
function Orders({ profile: p, device, running, onStart, onChanged }: OrdersProps) {
  const [sure, setSure] = useState(false);
  const stop = useCall(() => api.stopMiner(device?.name ?? p.instance));
  return (
    <div className="space-y-2">
      <div className="flex flex-wrap gap-2">
        {running && sure ? (
          <>
            <Button
              small
              kind="danger"
              busy={stop.busy}
              onClick={() =>
                void stop.run().then((ok) => {
                  setSure(!ok);
                  if (ok) onChanged();
                })
              }
            >
              Stop {p.name}
            </Button>
            <Button small kind="quiet" onClick={() => setSure(false)}>
              Let it run
            </Button>
          </>
        ) : running ? (
          <Button small onClick={() => setSure(true)} aria-label={`Stop ${p.name}?`}>
            Stop
          </Button>
        ) : (
          <Button small onClick={onStart} aria-label={`Start ${p.name}`}>
            Start
          </Button>
        )}
        <ProfileMenu profile={p} onChanged={onChanged} />
      </div>
      <Failure words={stop.error} />
    </div>
  );
}

/** Whether it is started with adit; changing it makes a new version, as every change does. */
function Autostart({ profile: p, onChanged }: { profile: Profile; onChanged: () => void }) {
  const change = useCall((autostart: boolean) =>
    profiles.update(p.id, {
      name: p.name,
      ...(p.description ? { description: p.description } : {}),
      minerType: p.minerType,
      config: p.config,
      autostart,
      version: p.version,
    }),
  );
  return (
    <div className="min-w-0">
      <dt className="text-[13px] text-fg-1" id={`${p.id}-autostart`}>
        Starts with adit
      </dt>
      <dd className="mt-0.5">
        <input
          type="checkbox"
          role="switch"
          aria-labelledby={`${p.id}-autostart`}
          aria-description={p.name}
          aria-checked={p.autostart}
          checked={p.autostart}
          disabled={change.busy}
          onChange={(e) => void change.run(e.target.checked).then((ok) => ok && onChanged())}
          className="size-4 align-middle accent-lamp"
        />{" "}
        {p.autostart ? "Yes" : "No"}
        <Failure words={change.error} />
      </dd>
    </div>
  );
}
