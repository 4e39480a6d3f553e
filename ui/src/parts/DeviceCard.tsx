import { Link } from "@tanstack/react-router";
import { useId } from "react";
import type { Device } from "../api/types";
import { celsius, count, sentence } from "../lib/format";
import { nameOf } from "../lib/program";
import { Age } from "./Age";
import { BigRate } from "./BigRate";
import { building, Dataset } from "./Dataset";
import { Fact, Facts } from "./Fact";
import { ProgramLine } from "./ProgramLine";
import { StateWord } from "./StateMark";

const modeHelp =
  "RandomX hashes several times faster in fast mode, which needs a dataset of 2 GiB in memory. Light mode does without.";

/** One device on the overview of a home. */
export function DeviceCard({ device }: { device: Device }) {
  const id = useId();
  const h = device.headline;
  return (
    <article aria-labelledby={id} className="card flex min-w-0 flex-col gap-3 p-4">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
        <h3 id={id} className="text-[15px]">
          <Link
            to="/computer"
            search={{ device: device.name }}
            className="rounded-sm underline decoration-fg-2 underline-offset-4 hover:decoration-lamp"
          >
            {nameOf(device)}
          </Link>
        </h3>
        <StateWord state={h.state} word={h.word} />
      </div>
      <div className="-mt-2 empty:hidden">
        <ProgramLine device={device} />
      </div>
      <BigRate device={device} />
      {h.why && !building(device) ? <p className="text-fg-1">{sentence(h.why)}</p> : null}
      <Dataset device={device} />
      <Facts width="narrow">
        <Fact label="Accepted" value={count(device.accepted)} why="The engine has not reported its shares." />
        <Fact label="Rejected" value={count(device.rejected)} why="The engine has not reported its shares." />
        <Fact label="Last share">
          <Age at={device.lastShareAt} why="No share has been accepted yet." />
        </Fact>
        <Fact label="Temperature" value={celsius(device.temperature)} why="No sensor of this device can be read." />
        <Fact label="Restarts" value={count(device.restarts)} />
        <Fact label="Mode" help={modeHelp} value={device.mode} why="It does not hash." />
      </Facts>
    </article>
  );
}
