import { getRouteApi, Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import type { Device } from "../api/types";
import { useDevices, useLive } from "../live/hooks";
import { Card } from "../parts/Card";
import { ConsentCard } from "../parts/ConsentCard";
import { DeviceNow } from "../parts/DeviceNow";
import { HashrateChart, RangePicker } from "../parts/HashrateChart";
import { HostCard } from "../parts/HostCard";
import { LogTail } from "../parts/LogTail";
import { StartTiles } from "../parts/StartTiles";
import { StateMark } from "../parts/StateMark";
import { ThreadsCard } from "../parts/ThreadsCard";

const route = getRouteApi("/computer");

/** All about the computer that adit runs on. The chosen program and time range stand in the address. */
export function Computer() {
  const host = useLive("host");
  const consent = useLive("consent");
  const practice = useLive("practice");
  const { device: chosen } = route.useSearch();
  const all = useDevices();
  const devices = all.filter((d) => d.rig === host?.rig);
  const device = devices.find((d) => d.name === chosen) ?? devices[0];
  return (
    <>
      <h1 className="text-[20px] leading-7">
        This computer{host ? <span className="text-fg-1">, {host.hostname}</span> : null}
      </h1>
      {devices.length > 1 ? <Choice devices={devices} current={device} /> : null}
      {device ? <DeviceSection key={device.id} device={device} /> : <StartTiles look={false} />}
      {host ? <HostCard host={host} /> : <p className="text-fg-1">The agent has not reported this computer yet.</p>}
      {consent ? (
        <Anchor id="consent">
          <ConsentCard consent={consent} practice={practice?.running === true} />
        </Anchor>
      ) : null}
    </>
  );
}

function DeviceSection({ device }: { device: Device }) {
  const { range = 60 } = route.useSearch();
  const navigate = route.useNavigate();
  const pick = (minutes: number) => void navigate({ search: (s) => ({ ...s, range: minutes }), replace: true });
  return (
    <>
      <DeviceNow device={device} />
      <Card title="Hashrate" aside={<RangePicker minutes={range} onPick={pick} />}>
        <HashrateChart device={device.id} minutes={range} baseline={device.baseline} />
        {device.baseline === null ? null : (
          <p className="mt-2 text-[13px] text-fg-1">The dashed line is what this computer does when warm.</p>
        )}
      </Card>
      <ThreadsCard device={device} />
      <Card title="Log">
        <LogTail device={device} />
      </Card>
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
          {d.title}
        </Link>
      ))}
    </nav>
  );
}

/** A place that an address can point at with #id. */
function Anchor({ id, children }: { id: string; children: React.ReactNode }) {
  const ref = useRef<HTMLDivElement>(null);
  const { hash } = window.location;
  useEffect(() => {
    if (hash === `#${id}`) ref.current?.scrollIntoView({ block: "start" });
  }, [hash, id]);
  return (
    <div id={id} ref={ref} className="scroll-mt-20">
      {children}
    </div>
  );
}
