import { useState } from "react";
import { api } from "../api/rest";
import type { Consent } from "../api/types";
import { useCall } from "../lib/call";
import { moment } from "../lib/format";
import { useNow } from "../lib/now";
import { Button, Failure } from "./Button";
import { Card } from "./Card";
import { ConsentWords } from "./ConsentWords";

const via: Record<string, string> = {
  terminal: "in the terminal",
  browser: "in the browser",
  flag: "by the flag --yes-i-own-this-machine",
};

/** Whether this computer may mine, since when and how; and the way to change it. */
export function ConsentCard({ consent, practice }: { consent: Consent; practice: boolean }) {
  return consent.granted ? <Granted consent={consent} /> : <Ask consent={consent} practice={practice} />;
}

function Ask({ consent, practice }: { consent: Consent; practice: boolean }) {
  const grant = useCall(api.grantConsent);
  return (
    <Card title={consent.needed ? "adit waits for your consent" : "Consent: not given"}>
      <p className="mb-3 max-w-prose">
        Nothing is mined on {consent.host || "this computer"} until its owner says so. What it means:
      </p>
      <ConsentWords practice={practice} />
      {consent.words ? <p className="mt-3 text-fg-1">{consent.words}</p> : null}
      <div className="mt-4 space-y-3">
        <Failure words={grant.error} />
        <Button kind={consent.needed ? "primary" : "plain"} busy={grant.busy} onClick={() => void grant.run()}>
          I may use this computer: allow mining
        </Button>
      </div>
    </Card>
  );
}

function Granted({ consent }: { consent: Consent }) {
  const now = useNow();
  const [sure, setSure] = useState(false);
  const revoke = useCall(api.revokeConsent);
  const when = consent.at ? ` on ${moment(consent.at, now)}` : "";
  return (
    <Card title="Consent: given">
      <p className="text-fg-1">
        Given{when.replace(/^ on (\d\d:\d\d)$/, " today at $1")} by {consent.by || "the owner"}{" "}
        {via[consent.via] ?? consent.via}
        {consent.host ? `, for ${consent.host}` : ""}.
      </p>
      <div className="mt-3 space-y-3">
        <Failure words={revoke.error} />
        {sure ? (
          <div className="flex flex-wrap items-center gap-3">
            <span>All mining on this computer stops at once.</span>
            <Button kind="danger" small busy={revoke.busy} onClick={() => void revoke.run().then(() => setSure(false))}>
              Withdraw consent now
            </Button>
            <Button kind="quiet" small onClick={() => setSure(false)}>
              Keep it
            </Button>
          </div>
        ) : (
          <Button small onClick={() => setSure(true)}>
            Withdraw consent
          </Button>
        )}
      </div>
    </Card>
  );
}
