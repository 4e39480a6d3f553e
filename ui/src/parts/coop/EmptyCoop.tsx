import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useId, useState } from "react";
import { coop } from "../../api/coop";
import { Problem, wordsOf } from "../../api/rest";
import { useCall } from "../../lib/call";
import { Button, Failure } from "../Button";
import { Command } from "../Command";
import { SettingsForm } from "./SettingsForm";
import { coopConfig } from "./SwitchCard";

/** A first crew is for this computer alone: what others may reach is named by a person. */
const here = "127.0.0.1:3333";

/** No crew is coordinated here: how to make one, and how to join another's. */
export function EmptyCoop() {
  const client = useQueryClient();
  const config = useQuery(coopConfig);
  const [form, setForm] = useState(false);
  const begin = useCall(async () => {
    client.setQueryData(
      coopConfig.queryKey,
      await coop.configure({
        mode: "on",
        settings: { pools: [{ address: "practice:" }], stratum: { listen: here }, grpc: { listen: "" } },
      }),
    );
  });
  const c = config.data;
  // An adit that was started as a coordinator cannot be switched: it is one, and has not said so yet.
  if (config.error instanceof Problem && config.error.status === 501)
    return (
      <>
        <h1 className="text-[20px] leading-7">Coop</h1>
        <p className="text-fg-1">Waiting for the first values from the coordinator.</p>
      </>
    );
  return (
    <>
      <div>
        <h1 className="text-[20px] leading-7">Coop</h1>
        <p className="mt-1 max-w-prose text-fg-1">
          Many machines that mine as one: they share the work without overlap, each share is checked and written down,
          and what comes in is divided by a rule that everybody can work out.
        </p>
      </div>
      {c?.mode === "on" && !c.running ? (
        <Failure words={`The coordinator is on but does not run: ${c.why || "it is starting"}.`} />
      ) : null}
      <div className="grid gap-4 md:grid-cols-3">
        <Way
          title="Try it"
          words="A crew on practice: real work, really checked, no pool and no wallet. It earns nothing. Point a miner or a second computer at it and watch."
        >
          <Button kind="primary" busy={begin.busy} disabled={!c} onClick={() => void begin.run()}>
            Start a practice crew
          </Button>
          <Failure words={begin.error} />
        </Way>
        <Way
          title="Lead a crew"
          words="Take work from a pool or from a node of your own, and let others join. This computer becomes the coordinator."
        >
          <Button disabled={!c} onClick={() => setForm(true)}>
            Give pool or node
          </Button>
        </Way>
        <Way
          title="Join a crew"
          words="Who leads it gives you a code. Before anything mines you see who runs it, the fee and the payout rule. In a terminal on this computer:"
        >
          <Command label="Join a crew" line="adit coop join CODE" />
        </Way>
      </div>
      {config.error ? <Failure words={wordsOf(config.error)} /> : null}
      {form && c ? <SettingsForm config={c} onClose={() => setForm(false)} /> : null}
    </>
  );
}

function Way({ title, words, children }: { title: string; words: string; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="card flex flex-col gap-3 p-5">
      <h2 id={id} className="text-[16px] leading-6">
        {title}
      </h2>
      <p className="flex-1 text-fg-1">{words}</p>
      <div className="space-y-3">{children}</div>
    </section>
  );
}
