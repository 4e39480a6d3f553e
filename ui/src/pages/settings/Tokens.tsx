import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { account, type Token } from "../../api/account";
import { useCall } from "../../lib/call";
import { moment } from "../../lib/format";
import { useNow } from "../../lib/now";
import { Age } from "../../parts/Age";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { CopyButton } from "../../parts/Command";
import { Field } from "../../parts/Field";
import { Form, type Option, Radios, SaveBar, Select, Sure } from "../../parts/Form";
import { Loaded } from "../../parts/Loaded";

type Kind = "metrics" | "read" | "control" | "owner";

const kinds: Option<Kind>[] = [
  {
    value: "metrics",
    label: "Figures only",
    help: "Reads /metrics and the query interface: for Prometheus or Grafana.",
  },
  { value: "read", label: "Read", help: "Sees what this page shows, and changes nothing." },
  {
    value: "control",
    label: "Control",
    help: "Also starts, stops, pauses and restarts, under the consent that was given.",
  },
  { value: "owner", label: "Everything", help: "All that you may, consent and tokens too. Seldom needed." },
];

const day = 86_400;
type Life = "7" | "30" | "365" | "0";
const lives: Option<Life>[] = [
  { value: "7", label: "7 days" },
  { value: "30", label: "30 days" },
  { value: "365", label: "A year" },
  { value: "0", label: "It does not expire" },
];

/** Keys for programs that ask adit. */
export function Tokens() {
  const tokens = useQuery({ queryKey: ["tokens"], queryFn: ({ signal }) => account.tokens(signal) });
  const [made, setMade] = useState<(Token & { secret: string }) | null>(null);
  return (
    <>
      <p className="max-w-prose text-fg-1">
        A token lets a program ask adit: Prometheus, a script, a home automation. Browsers need none; they come in by a
        link.
      </p>
      {made ? <Secret token={made} onDone={() => setMade(null)} /> : <Make onMade={setMade} />}
      <Card title="Tokens">
        <Loaded query={tokens} what="The tokens">
          {(list) =>
            list.length === 0 ? (
              <p className="text-fg-1">
                There are none: no program can ask adit but those of this user on this computer.
              </p>
            ) : (
              <ul className="divide-y divide-bg-2">
                {list.map((t) => (
                  <Row key={t.id} token={t} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </Card>
    </>
  );
}

function Make({ onMade }: { onMade: (t: Token & { secret: string }) => void }) {
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [kind, setKind] = useState<Kind>("metrics");
  const [life, setLife] = useState<Life>("365");
  const order = useCall(async () => {
    const wish = { name: name.trim(), scopes: [kind] };
    const t = await account.newToken(life === "0" ? wish : { ...wish, expiresIn: Number(life) * day });
    await client.invalidateQueries({ queryKey: ["tokens"] });
    onMade(t);
  });
  return (
    <Card title="New token">
      <Form onSubmit={() => void order.run()}>
        <Field
          label="What it is for"
          value={name}
          onChange={(e) => setName(e.target.value)}
          error={order.fields.name}
          placeholder="Prometheus"
          help="So that you know it again in the list."
        />
        <Radios legend="What it may do" options={kinds} value={kind} onChange={setKind} />
        <Select
          label="How long it is good"
          options={lives}
          value={life}
          onChange={setLife}
          error={order.fields.expiresIn}
        />
        <SaveBar order={order} dirty label="Make the token" hideError={order.fields.name !== undefined} />
      </Form>
    </Card>
  );
}

/** Shown once: adit keeps only a hash of it. */
function Secret({ token: t, onDone }: { token: Token & { secret: string }; onDone: () => void }) {
  const metrics = t.scopes.length === 1 && t.scopes[0] === "metrics";
  const example = metrics
    ? scrape(t.secret)
    : `curl -H 'Authorization: Bearer ${t.secret}' ${location.origin}/api/v1/state`;
  return (
    <Card title={`The secret of “${t.name}”`} className="border-lamp">
      <div className="space-y-3">
        <p>
          <strong className="font-semibold">It is shown this once.</strong> adit keeps only a hash of it: copy it now,
          and keep it like a password.
        </p>
        <div className="flex flex-wrap items-center gap-2">
          <code className="num min-w-0 rounded-sm border border-fg-2 bg-bg-0 px-2 py-1 break-all select-all">
            {t.secret}
          </code>
          <CopyButton text={t.secret} label="The secret" />
        </div>
        <div>
          <p className="mb-1 flex flex-wrap items-center justify-between gap-2 text-[13px] text-fg-1">
            {metrics ? "For prometheus.yml:" : "For example:"}
            <CopyButton text={example} label="The example" what="Copy the example" />
          </p>
          <pre
            className="num overflow-x-auto rounded-md border border-bg-2 bg-bg-0 p-3 text-[12px] leading-[18px]"
            tabIndex={0}
          >
            {example}
          </pre>
        </div>
        <Button kind="primary" onClick={onDone}>
          I have copied it
        </Button>
      </div>
    </Card>
  );
}

const scrape = (secret: string) => `scrape_configs:
  - job_name: adit
    authorization:
      credentials: ${secret}
    scheme: ${location.protocol.replace(":", "")}
    static_configs:
      - targets: ["${location.host}"]`;

function Row({ token: t }: { token: Token }) {
  const now = useNow();
  const client = useQueryClient();
  const revoke = useCall(async () => {
    await account.revoke(t.id);
    await client.invalidateQueries({ queryKey: ["tokens"] });
  });
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 py-3 first:pt-0 last:pb-0">
      <div className="min-w-0">
        <p>
          <strong className="font-medium">{t.name}</strong> <span className="text-fg-1">may {t.scopes.join(", ")}</span>
        </p>
        <p className="text-[13px] text-fg-1">
          Made {moment(t.createdAt, now)}, last used {t.lastUsedAt ? <Age at={t.lastUsedAt} why="" /> : "never"},{" "}
          {t.expiresAt === null
            ? "does not expire"
            : `${t.expired ? "expired" : "good until"} ${moment(t.expiresAt, now)}`}
        </p>
      </div>
      <Sure label="Revoke" question="What uses it stops working at once." yes={`Revoke ${t.name}`} order={revoke} />
    </li>
  );
}
