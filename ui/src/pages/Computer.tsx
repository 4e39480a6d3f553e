import { getRouteApi, Link } from "@tanstack/react-router";
import type { ComponentType } from "react";
import type { Device } from "../api/types";
import type { TabId } from "../lib/computerview";
import { nameAndProgram } from "../lib/program";
import { useDevices, useLive } from "../live/hooks";
import { StateMark } from "../parts/StateMark";
import { Tabs } from "../parts/Tabs";
import { Charts } from "./computer/Charts";
import { Config } from "./computer/Config";
import { Logs } from "./computer/Logs";
import { Now } from "./computer/Now";
import { Timeline } from "./computer/Timeline";

const route = getRouteApi("/computer");

export interface PartProps {
  /** The program that was chosen, or the first; undefined: there is none. */
  device: Device | undefined;
  /** The computer's identity; undefined until the agent reported. */
  rig: string | undefined;
}

const parts: Record<TabId, ComponentType<PartProps>> = {
  now: Now,
  charts: Charts,
  timeline: Timeline,
  config: Config,
  logs: Logs,
};

/** All about the computer that adit runs on. The part, the program and what is filtered stand in the address. */
export function Computer() {
  const host = useLive("host");
  const { device: chosen, tab = "now" } = route.useSearch();
  const all = useDevices();
  const devices = host ? all.filter((d) => d.rig === host.rig) : all;
  const device = devices.find((d) => d.name === chosen) ?? devices[0];
  const Part = parts[tab];
  return (
    <>
      <h1 className="text-[20px] leading-7">
        This computer{host ? <span className="text-fg-1">, {host.hostname}</span> : null}
      </h1>
      {devices.length > 1 ? <Choice devices={devices} current={device} /> : null}
      <Tabs current={tab} />
      <Part device={device} rig={host?.rig ?? device?.rig} key={`${tab} ${device?.id}`} />
    </>
  );
}

function Choice({ devices, current }: { devices: Device[]; current: Device | undefined }) {
  return (
    <nav aria-label="Mining programs" className="flex flex-wrap gap-2">
      {devices.map((d) => (
        <Link
          key={d.id}
          to="/computer"
          search={(s) => ({ ...s, device: d.name })}
          aria-current={d.id === current?.id ? "true" : undefined}
          className="inline-flex min-h-9 items-center gap-2 rounded-md border border-bg-2 bg-bg-1 px-3 aria-[current]:border-lamp aria-[current]:font-medium"
        >
          <StateMark state={d.headline.state} />
          {nameAndProgram(d)}
        </Link>
      ))}
    </nav>
  );
}
