import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { estimate as ask, type Profile, profiles } from "../../api/profiles";
import { api, wordsOf } from "../../api/rest";
import { useCall } from "../../lib/call";
import { useLive } from "../../live/hooks";
import { Button, Failure } from "../Button";
import { Command } from "../Command";
import { ConsentCheck, ConsentWords } from "../ConsentWords";
import { Dialog } from "../Dialog";
import EstimateView from "./EstimateView";

interface Props {
  profile: Profile;
  onStarted: () => void;
  onClose: () => void;
}

/** The expected result, before anything starts; and consent, where there is none yet. */
export function StartDialog({ profile: p, onStarted, onClose }: Props) {
  const granted = useLive("consent")?.granted === true;
  const [yes, setYes] = useState(false);
  const expected = useQuery({
    queryKey: ["estimate", p.id, p.version],
    queryFn: ({ signal }) => ask({ profileId: p.id }, signal),
  });
  const start = useCall(async () => {
    if (!granted) await api.grantConsent();
    await profiles.start(p.id);
  });
  const loss = expected.data?.loss === true;
  return (
    <Dialog
      title={`Start ${p.name}`}
      about={`${p.minerType} on ${p.config.pool ?? "its pool"}. Nothing runs before you say so.`}
      onClose={onClose}
    >
      <div className="space-y-4">
        {expected.data ? <EstimateView estimate={expected.data} /> : null}
        {expected.isPending ? <p className="text-fg-1">Reckoning the expected result</p> : null}
        {expected.error ? <Failure words={`The expected result is unknown: ${wordsOf(expected.error)}`} /> : null}
        {granted ? null : (
          <>
            <ConsentWords practice={false} />
            <ConsentCheck checked={yes} onChange={setYes} />
          </>
        )}
        <Failure words={start.error} />
        <div className="flex flex-wrap gap-3">
          <Button
            kind={loss ? "danger" : "primary"}
            busy={start.busy}
            disabled={expected.isPending || (!granted && !yes)}
            onClick={() => void start.run().then((ok) => ok && onStarted())}
          >
            {loss ? "Start at a loss" : "Start mining"}
          </Button>
          <Button onClick={onClose}>Not now</Button>
        </div>
        <details className="text-[13px]">
          <summary className="cursor-pointer text-fg-1">As a command</summary>
          <div className="mt-2">
            <Command label="Start it in a terminal" line={`adit profile start ${shell(p.name)}`} />
          </div>
        </details>
      </div>
    </Dialog>
  );
}

/** A word for a shell's command line. */
export const shell = (word: string) => (/^[\w.-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
