import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type BackupStatus, trust } from "../../api/trust";
import { bytes, moment } from "../../lib/format";
import { useNow } from "../../lib/now";
import { Age } from "../../parts/Age";
import { buttonClass } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Command } from "../../parts/Command";
import { Check } from "../../parts/Form";
import { Loaded } from "../../parts/Loaded";
import { StateWord } from "../../parts/StateMark";

/** What adit remembers, taken away and put back. */
export function Backup() {
  const status = useQuery({
    queryKey: ["backup"],
    queryFn: ({ signal }) => trust.backup(signal),
    refetchInterval: 30_000,
  });
  return (
    <Loaded query={status} what="What is known of backups">
      {(s) => (
        <>
          <Take status={s} onTaken={() => setTimeout(() => void status.refetch(), 3_000)} />
          <Restore />
          <Copies status={s} />
        </>
      )}
    </Loaded>
  );
}

const month = 30 * 86_400_000;

function Take({ status: s, onTaken }: { status: BackupStatus; onTaken: () => void }) {
  const now = useNow();
  const [history, setHistory] = useState(false);
  const old = s.last !== null && now - Date.parse(s.last.at) > month;
  return (
    <Card
      title="Backup"
      aside={
        s.last === null ? (
          <StateWord state="warn" word="None was made" />
        ) : (
          <StateWord state={old ? "warn" : "ok"} word={old ? "Old" : "Made"} />
        )
      }
    >
      <div className="space-y-4">
        <p>
          {s.last === null ? (
            "No backup was made yet, or it is not known."
          ) : (
            <>
              The last was made <Age at={s.last.at} why="" /> by {s.last.by || "the owner"}: {bytes(s.last.bytes)},{" "}
              {s.last.history ? "with" : "without"} the history.
            </>
          )}
        </p>
        <p className="max-w-prose text-fg-1">
          It holds profiles with their secrets, settings, tokens and the journal. Whoever has it has those: keep it like
          a password. The database takes {bytes(s.databaseBytes)} before compression.
        </p>
        <Check
          label="With the history"
          help={`Hashrate, shares and temperatures of the last 30 days; ${bytes(s.historyBytes)} before compression.`}
          checked={history}
          onChange={setHistory}
        />
        <div className="flex flex-wrap items-center gap-3">
          <a
            href={`/api/v1/backup${history ? "?history=true" : ""}`}
            download
            onClick={onTaken}
            className={buttonClass("primary")}
          >
            Download a backup
          </a>
          <Command
            label="A backup in a terminal"
            line={history ? "adit backup adit-backup.tar.gz --with-history" : "adit backup adit-backup.tar.gz"}
          />
        </div>
      </div>
    </Card>
  );
}

function Restore() {
  return (
    <Card title="Restore">
      <p className="mb-3 max-w-prose text-fg-1">
        Restoring replaces everything that adit remembers, so it is done in a terminal while adit is stopped. The
        consent is not part of a backup: a computer that it is restored on is asked anew.
      </p>
      <Command label="Restore" line="adit restore adit-backup.tar.gz" />
    </Card>
  );
}

function Copies({ status: s }: { status: BackupStatus }) {
  const now = useNow();
  return (
    <Card title="Copies before upgrades">
      {s.copies.length === 0 ? (
        <p className="text-fg-1">None: the database has not been upgraded yet. It is copied each time before.</p>
      ) : (
        <ul className="space-y-1">
          {[...s.copies].reverse().map((c) => (
            <li key={c.schema} className="num text-[13px]">
              schema {c.schema} <span className="font-sans text-fg-1">of {moment(c.at, now)},</span> {bytes(c.bytes)}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
