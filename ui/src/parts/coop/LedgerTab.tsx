import { useState } from "react";
import { type Check, coop, coopFile, type Glance } from "../../api/coop";
import { useCall } from "../../lib/call";
import { bytes, count, duration, plural } from "../../lib/format";
import { Age } from "../Age";
import { Button, buttonClass, Failure } from "../Button";
import { Card } from "../Card";
import { Command } from "../Command";
import { Fact, Facts } from "../Fact";
import { StateWord } from "../StateMark";

/** The record of who found what: append-only, checksummed, and there for everybody to check. */
export function LedgerTab({ glance: g }: { glance: Glance }) {
  const [check, setCheck] = useState<Check | null>(null);
  const verify = useCall(async () => {
    setCheck(null);
    setCheck(await coop.verify());
  });
  const l = g.ledger;
  return (
    <Card title="Ledger" jumps>
      <div className="space-y-4">
        <p className="max-w-prose">
          Each accepted share is written down before its miner is told, with a checksum over it and all before it.
          Nothing is ever changed or taken out: whoever has the file can work out every round again.
        </p>
        <Facts>
          <Fact label="Records" value={count(l.records)} />
          <Fact label="Size" value={l.bytes === null ? null : bytes(l.bytes)} />
          <Fact label="Since">{l.first ? <Age at={l.first} why="" /> : "–"}</Fact>
          <Fact
            label="Safe against power cuts"
            help="A share survives the end of adit as soon as it is acknowledged, and a power cut as soon as it is synced to the disk."
            value={l.sync === "always" ? "at once" : "within 50 ms"}
          />
        </Facts>
        {l.trouble ? <Failure words={`It cannot be written: ${l.trouble}.`} /> : null}
        <div className="flex flex-wrap items-center gap-2">
          <Button small kind="primary" busy={verify.busy} onClick={() => void verify.run()}>
            {verify.busy ? "Reading all of it" : "Verify"}
          </Button>
          <a href={coopFile.ledger("csv")} download className={buttonClass("plain", true)}>
            Download CSV
          </a>
          <a href={coopFile.ledger("json")} download className={buttonClass("plain", true)}>
            Download JSON
          </a>
        </div>
        <Failure words={verify.error} />
        {check ? <Result check={check} /> : null}
        <p className="flex flex-wrap items-center gap-3 text-[13px] text-fg-1">
          The same in a terminal: <Command label="Verify in a terminal" line="adit coop ledger verify" />
        </p>
      </div>
    </Card>
  );
}

function Result({ check: c }: { check: Check }) {
  return (
    <div role="status" className="space-y-1">
      <StateWord state={c.ok ? "ok" : "crit"} word={c.ok ? "All of it agrees" : "It does not agree with itself"} />
      <p className="text-[13px] text-fg-1">
        {count(c.records)} records in {plural(c.segments, "segment")}, {plural(c.rounds, "round")} worked out again, in{" "}
        {duration(Math.max(1, c.took))}.
      </p>
      <ul className="list-disc pl-5">
        {c.errors.map((e) => (
          <li key={e}>{e}</li>
        ))}
      </ul>
      <p className="text-[13px]">
        Digest of the newest record and all before it <span className="num block break-all text-fg-1">{c.head}</span>
      </p>
    </div>
  );
}
