import { useEffect, useRef } from "react";
import { useLive } from "../../live/hooks";
import { ConsentCard } from "../../parts/ConsentCard";
import { DeviceNow } from "../../parts/DeviceNow";
import { HostCard } from "../../parts/HostCard";
import { PolicyCard } from "../../parts/PolicyCard";
import { StartTiles } from "../../parts/StartTiles";
import { ThreadsCard } from "../../parts/ThreadsCard";
import type { PartProps } from "../Computer";

/** What the program and the computer do at this moment. */
export function Now({ device }: PartProps) {
  const host = useLive("host");
  const consent = useLive("consent");
  const practice = useLive("practice");
  const policy = useLive("policy");
  return (
    <>
      {device ? (
        <>
          <DeviceNow device={device} />
          {device.work === "stopped" ? null : <ThreadsCard device={device} />}
        </>
      ) : (
        <StartTiles look={false} />
      )}
      {policy ? <PolicyCard policy={policy} host={host} /> : null}
      {host ? <HostCard host={host} /> : <p className="text-fg-1">The agent has not reported this computer yet.</p>}
      {consent ? (
        <Anchor id="consent">
          <ConsentCard consent={consent} practice={practice?.running === true} />
        </Anchor>
      ) : null}
    </>
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
