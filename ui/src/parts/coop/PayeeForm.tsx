import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Coin, coop, type Payee } from "../../api/coop";
import { useCall } from "../../lib/call";
import { atomicOf, coins } from "../../lib/coins";
import { Button, Failure } from "../Button";
import { Field } from "../Field";
import { Form, useSaved } from "../Form";
import { Loaded } from "../Loaded";

/** Where a member is paid to, and from which amount on. */
export function PayeeForm({ id, coin }: { id: string; coin: Coin }) {
  const payee = useQuery({ queryKey: ["coop", "payee", id], queryFn: ({ signal }) => coop.payee(id, signal) });
  return (
    <Loaded query={payee} what="Where it is paid to">
      {(p) => <PayeeFields key={p.updatedAt ?? ""} payee={p} coin={coin} />}
    </Loaded>
  );
}

function PayeeFields({ payee: p, coin }: { payee: Payee; coin: Coin }) {
  const client = useQueryClient();
  const had = p.minPayout === null ? "" : (coins(p.minPayout, coin)?.split(" ")[0] ?? "");
  const [address, setAddress] = useState(p.address);
  const [least, setLeast] = useState(had);
  const units = least.trim() === "" ? null : atomicOf(least, coin);
  const wrong = least.trim() !== "" && units === null;
  const order = useCall(async () => {
    await coop.setPayee(p.member, address.trim(), units);
    await client.invalidateQueries({ queryKey: ["coop", "payee", p.member] });
  });
  const saved = useSaved(order);
  const dirty = address.trim() !== p.address || least.trim() !== had;
  return (
    <Form onSubmit={() => wrong || void order.run()}>
      <Field
        label="Paid to"
        value={address}
        maxLength={256}
        onChange={(e) => setAddress(e.target.value)}
        help="The member's own payout address. It stands in the payments that you export."
        error={order.fields.address}
      />
      <Field
        label={`From an amount of, in ${coin.symbol}`}
        inputMode="decimal"
        value={least}
        placeholder="As the crew's rule says"
        onChange={(e) => setLeast(e.target.value)}
        error={wrong ? "A number such as 0.25." : order.fields.minPayout}
      />
      <Failure words={order.fields.address || order.fields.minPayout ? null : order.error} />
      <div className="flex items-center gap-3">
        <Button type="submit" small busy={order.busy} disabled={!dirty || wrong}>
          Save where it is paid to
        </Button>
        <span role="status" className="text-[13px] text-fg-1">
          {saved && !dirty ? "Saved" : ""}
        </span>
      </div>
    </Form>
  );
}
