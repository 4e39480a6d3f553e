import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Coin, coop } from "../../api/coop";
import { useCall } from "../../lib/call";
import { atomicOf, coins } from "../../lib/coins";
import { Button, Failure } from "../Button";
import { Dialog } from "../Dialog";
import { Field } from "../Field";
import { Form } from "../Form";

/** What a pool paid for a period: entered by hand, divided at once by the crew's rule. */
export function CreditDialog({ coin, onClose }: { coin: Coin; onClose: () => void }) {
  const client = useQueryClient();
  const [amount, setAmount] = useState("");
  const [until, setUntil] = useState("");
  const [note, setNote] = useState("");
  const units = atomicOf(amount, coin);
  const end = until === "" ? null : new Date(until);
  const order = useCall(async () => {
    if (units === null) return;
    await coop.credit(units, null, end ? end.toISOString() : null, note.trim());
    await client.invalidateQueries({ queryKey: ["coop"] });
  });
  const wrong = amount.trim() !== "" && units === null;
  return (
    <Dialog
      title="Enter a credit"
      about="Behind a pool the crew sees no blocks: what the pool pays for a period is what it has earned, and it is divided over the work of that period."
      onClose={onClose}
    >
      <Form onSubmit={() => units !== null && void order.run().then((ok) => ok && onClose())}>
        <Field
          label={`Amount in ${coin.symbol}`}
          inputMode="decimal"
          value={amount}
          onChange={(e) => setAmount(e.target.value)}
          help={
            units === null
              ? `As the pool paid it, with at most ${coin.decimals} digits after the point.`
              : `Exactly ${coins(units, coin)}.`
          }
          error={
            wrong ? `A number such as 0.25, with at most ${coin.decimals} digits after the point.` : order.fields.amount
          }
        />
        <Field
          label="End of the period"
          type="datetime-local"
          value={until}
          onChange={(e) => setUntil(e.target.value)}
          help="Empty: now. It begins where the one before ended."
          error={order.fields.until}
        />
        <Field
          label="Note"
          value={note}
          maxLength={200}
          onChange={(e) => setNote(e.target.value)}
          help="The pool's transaction, or whatever tells where it came from."
          error={order.fields.note}
        />
        <Failure words={order.fields.amount || order.fields.until || order.fields.note ? null : order.error} />
        <div className="flex flex-wrap gap-3">
          <Button type="submit" kind="primary" busy={order.busy} disabled={units === null}>
            Credit it
          </Button>
          <Button onClick={onClose}>Not now</Button>
        </div>
      </Form>
    </Dialog>
  );
}
