import { useLive } from "../../live/hooks";
import { buttonClass } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Command } from "../../parts/Command";
import { ConsentCard } from "../../parts/ConsentCard";

/** What cannot be taken back by one press, or takes adit away. */
export function Danger() {
  const consent = useLive("consent");
  const practice = useLive("practice")?.running === true;
  return (
    <>
      <Card title="Export everything">
        <div className="space-y-3">
          <p className="max-w-prose text-fg-1">
            All that adit remembers, with the history: a .tar.gz of ordinary files (SQLite, JSON, Prometheus blocks)
            that other programs read too. It holds secrets.
          </p>
          <div className="flex flex-wrap items-center gap-3">
            <a href="/api/v1/backup?history=true" download className={buttonClass()}>
              Download all
            </a>
            <a
              href="/api/v1/journal?limit=1000&order=newest"
              download="adit-journal.json"
              className={buttonClass("quiet")}
            >
              Only the journal&rsquo;s last 1,000 entries
            </a>
          </div>
        </div>
      </Card>
      {consent ? <ConsentCard consent={consent} practice={practice} /> : null}
      <Card title="Uninstall">
        <div className="space-y-3">
          <p className="max-w-prose text-fg-1">
            Stops all mining, ends what adit started, puts back what it changed on this computer and says what it left.
            It is done in a terminal, where you see each step before it is taken.
          </p>
          <Command label="Uninstall" line="adit uninstall" />
        </div>
      </Card>
    </>
  );
}
