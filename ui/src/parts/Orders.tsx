import { useState } from "react";
import { api } from "../api/rest";
import type { Device } from "../api/types";
import { useCall } from "../lib/call";
import { nameOf } from "../lib/program";
import { Button, Failure } from "./Button";

/** What can be done to it; stopping asks once. */
export function Orders({ device: d }: { device: Device }) {
  const [sure, setSure] = useState(false);
  const stop = useCall(() => (d.practice ? api.stopPractice() : api.stopMiner(d.name)));
  const again = useCall((verb: "restart" | "release") => api.device(d.rig, d.name, verb));
  const start = useCall(() => api.device(d.rig, d.name, "start"));
  if (d.desired === "stopped") {
    return (
      <div className="space-y-2">
        <Button small busy={start.busy} onClick={() => void start.run()}>
          Start again
        </Button>
        <Failure words={start.error} />
      </div>
    );
  }
  return (
    <div className="space-y-2">
      <div className="flex flex-wrap gap-2">
        {sure ? (
          <>
            <Button
              kind="danger"
              small
              busy={stop.busy}
              onClick={() => void stop.run().then((ok) => ok && setSure(false))}
            >
              Stop {nameOf(d)}
            </Button>
            <Button kind="quiet" small onClick={() => setSure(false)}>
              Let it run
            </Button>
          </>
        ) : (
          <>
            {d.work === "quarantined" ? (
              <Button small busy={again.busy} onClick={() => void again.run("release")}>
                Let it try again
              </Button>
            ) : (
              <Button small busy={again.busy} onClick={() => void again.run("restart")}>
                Restart
              </Button>
            )}
            <Button small onClick={() => setSure(true)}>
              Stop
            </Button>
          </>
        )}
      </div>
      <Failure words={stop.error ?? again.error} />
    </div>
  );
}
