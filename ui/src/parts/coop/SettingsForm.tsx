import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Config, type ConfigRequest, coop } from "../../api/coop";
import { useCall } from "../../lib/call";
import { Button, Failure } from "../Button";
import { Dialog } from "../Dialog";
import { Field } from "../Field";
import { Form, Radios } from "../Form";

interface Pool {
  id: number;
  address: string;
  wallet: string;
  password: string;
  /** A password is kept for this address. */
  kept: boolean;
}

interface Props {
  config: Config;
  onClose: () => void;
}

const emptyPool = (id: number): Pool => ({ id, address: "", wallet: "", password: "", kept: false });

function poolsOf(c: Config): Pool[] {
  const own = c.settings.pools.map((p, id) => ({
    id,
    address: p.address,
    wallet: p.wallet,
    password: "",
    kept: p.hasPassword,
  }));
  return own.length > 0 ? own : [emptyPool(0)];
}

/** Where the work comes from, where members connect, and how money is divided. */
export function SettingsForm({ config, onClose }: Props) {
  const client = useQueryClient();
  const s = config.settings;
  const [name, setName] = useState(s.cluster);
  const [pools, setPools] = useState(() => poolsOf(config));
  // A first crew is for this computer alone: what others may reach is named by a person.
  const first = s.pools.length === 0;
  const [stratum, setStratum] = useState(first ? "127.0.0.1:3333" : s.stratum.listen);
  const [grpc, setGRPC] = useState(first ? "" : s.grpc.listen);
  const [scheme, setScheme] = useState(s.payout.scheme);
  const [fee, setFee] = useState(String(s.payout.feePercent));
  const percent = Number(fee);
  const feeWrong = fee.trim() === "" || !(percent >= 0 && percent <= 100);
  const order = useCall(async () => {
    const request: ConfigRequest = {
      mode: "on",
      settings: {
        cluster: name.trim(),
        pools: pools
          .filter((p) => p.address.trim() !== "")
          .map((p) => ({
            address: p.address.trim(),
            wallet: p.wallet.trim(),
            ...(p.password ? { password: p.password } : {}),
          })),
        stratum: { listen: stratum.trim() },
        grpc: { listen: grpc.trim() },
        payout: { ...s.payout, scheme, feePercent: percent },
      },
    };
    client.setQueryData(["coop", "config"], await coop.configure(request));
    await client.invalidateQueries({ queryKey: ["coop"] });
  });
  const change = (id: number, part: Partial<Pool>) => setPools(pools.map((p) => (p.id === id ? { ...p, ...part } : p)));
  const none = pools.every((p) => p.address.trim() === "");
  return (
    <Dialog title="Lead a crew" about="What is wrong here is said before anything changes." onClose={onClose}>
      <Form onSubmit={() => void order.run().then((ok) => ok && onClose())}>
        <Field
          label="Name of the crew"
          value={name}
          placeholder="This computer's name"
          maxLength={64}
          onChange={(e) => setName(e.target.value)}
          error={order.fields.cluster}
        />
        {pools.map((p, i) => (
          <PoolFields key={p.id} pool={p} index={i} errors={order.places} onChange={(part) => change(p.id, part)} />
        ))}
        <Button small onClick={() => setPools([...pools, emptyPool(Math.max(...pools.map((p) => p.id)) + 1)])}>
          Add another for failover
        </Button>
        <Field
          label="Miners connect to"
          value={stratum}
          placeholder="127.0.0.1:3333"
          onChange={(e) => setStratum(e.target.value)}
          help="Host and port of the Stratum door. 127.0.0.1 is this computer alone; for others write the address they reach."
          error={order.places["stratum.listen"]}
        />
        <Field
          label="Workers connect to"
          value={grpc}
          placeholder="Closed"
          onChange={(e) => setGRPC(e.target.value)}
          help="Host and port of the door for adit's own workers, with certificates. Empty: closed."
          error={order.places["grpc.listen"]}
        />
        <Radios
          legend="What comes in is divided"
          value={scheme}
          onChange={setScheme}
          options={[
            {
              value: "pplns",
              label: "Over the newest shares (PPLNS)",
              help: "Who stays is paid fairly; who hops in and out gains nothing.",
            },
            {
              value: "prop",
              label: "By the work of each round (PROP)",
              help: "Simple; who leaves in long rounds does better than who stays.",
            },
          ]}
        />
        <Field
          label="The operator's fee in per cent"
          inputMode="decimal"
          value={fee}
          onChange={(e) => setFee(e.target.value)}
          help="Yours, for leading the crew. Every member sees it before joining. adit takes nothing."
          error={feeWrong ? "A number from 0 to 100." : order.fields.feePercent}
        />
        <Failure words={order.error} />
        <div className="flex flex-wrap gap-3">
          <Button type="submit" kind="primary" busy={order.busy} disabled={none || feeWrong}>
            {config.running ? "Save" : "Lead the crew"}
          </Button>
          <Button onClick={onClose}>Not now</Button>
        </div>
      </Form>
    </Dialog>
  );
}

interface PoolProps {
  pool: Pool;
  index: number;
  errors: Record<string, string>;
  onChange: (part: Partial<Pool>) => void;
}

function PoolFields({ pool: p, index, errors, onChange }: PoolProps) {
  const at = (key: string) => errors[`settings.pools[${index}].${key}`] ?? errors[`pools[${index}].${key}`];
  const which = index === 0 ? "" : `, number ${index + 1}`;
  return (
    <fieldset className="space-y-4 border-l-2 border-bg-2 pl-4">
      <legend className="sr-only">Upstream {index + 1}</legend>
      <Field
        label={`Pool or node${which}`}
        value={p.address}
        placeholder="stratum+ssl://pool.example:443"
        onChange={(e) => onChange({ address: e.target.value })}
        help="stratum+tcp:// and stratum+ssl:// are pools, monerod:// and bitcoind:// nodes of your own, practice: earns nothing."
        error={at("address")}
      />
      <Field
        label={`Payout address${which}`}
        value={p.wallet}
        onChange={(e) => onChange({ wallet: e.target.value })}
        help="Where pool or node pays to, or the login at the pool. Practice needs none."
        error={at("wallet")}
      />
      <Field
        label={`Password${which}`}
        type="password"
        value={p.password}
        placeholder={p.kept ? "Kept; type to replace it" : ""}
        onChange={(e) => onChange({ password: e.target.value })}
        error={at("password")}
      />
    </fieldset>
  );
}
