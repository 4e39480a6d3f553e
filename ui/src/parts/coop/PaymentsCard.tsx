import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Coin, coop, coopFile, type Payment } from "../../api/coop";
import { useCall } from "../../lib/call";
import { coins } from "../../lib/coins";
import { plural } from "../../lib/format";
import { Age } from "../Age";
import { Button, buttonClass, Failure } from "../Button";
import { Card } from "../Card";
import { Dialog } from "../Dialog";
import { Field } from "../Field";
import { Form, Sure } from "../Form";
import { Loaded } from "../Loaded";
import { type Shape, StateWord } from "../StateMark";

const states: Record<Payment["state"], [Shape, string]> = {
  open: ["info", "to be paid"],
  paid: ["ok", "paid"],
  cancelled: ["stopped", "cancelled"],
};

/** What is to be paid out. adit computes and exports it; it sends nothing and holds no keys. */
export function PaymentsCard({ coin }: { coin: Coin }) {
  const client = useQueryClient();
  const list = useQuery({ queryKey: ["coop", "payments"], queryFn: ({ signal }) => coop.payments(signal) });
  const changed = () => void client.invalidateQueries({ queryKey: ["coop"] });
  const make = useCall(async () => {
    await coop.newPayment();
    changed();
  });
  return (
    <Card
      title="Payments"
      jumps
      aside={
        <Button small busy={make.busy} onClick={() => void make.run()}>
          Set aside what is payable
        </Button>
      }
    >
      <p className="mb-3 text-[13px] text-fg-1">
        adit computes payments and sends none: it holds no keys. Pay a list with your own wallet, then say so here.
      </p>
      <Failure words={make.error} />
      <Loaded query={list} what="The payments">
        {(payments) =>
          payments.length === 0 ? (
            <p className="text-fg-1">There is no payment yet.</p>
          ) : (
            <ul className="divide-y divide-bg-2 text-[13px]">
              {payments.map((p) => (
                <PaymentRow key={p.id} payment={p} coin={coin} onChanged={changed} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
}

function PaymentRow({ payment: p, coin, onChanged }: { payment: Payment; coin: Coin; onChanged: () => void }) {
  const [marks, setMarks] = useState(false);
  const cancel = useCall(async () => {
    await coop.mark(p.id, "cancelled", "");
    onChanged();
  });
  const [shape, word] = states[p.state];
  return (
    <li className="space-y-2 py-3 first:pt-0">
      <p className="flex flex-wrap justify-between gap-x-4">
        <span>
          <span className="num font-medium">{coins(p.total, coin)}</span> to {plural(p.items.length, "member")},{" "}
          <Age at={p.at} why="" />
        </span>
        <StateWord state={shape} word={word} />
      </p>
      {p.reference ? <p className="num break-all text-fg-1">{p.reference}</p> : null}
      <div className="flex flex-wrap items-start gap-2">
        <a href={coopFile.payment(p.id)} download className={buttonClass("plain", true)}>
          Download CSV
        </a>
        {p.state === "open" ? (
          <>
            <Button small onClick={() => setMarks(true)}>
              It is paid
            </Button>
            <Sure label="Cancel it" question="Its amounts are owed again." yes="Cancel the payment" order={cancel} />
          </>
        ) : null}
      </div>
      {marks ? (
        <MarkDialog
          payment={p}
          onClose={() => setMarks(false)}
          onDone={() => {
            setMarks(false);
            onChanged();
          }}
        />
      ) : null}
    </li>
  );
}

function MarkDialog({ payment: p, onClose, onDone }: { payment: Payment; onClose: () => void; onDone: () => void }) {
  const [reference, setReference] = useState("");
  const order = useCall(() => coop.mark(p.id, "paid", reference.trim()));
  return (
    <Dialog
      title="It is paid"
      about="It is booked against the members' balances. This cannot be taken back."
      onClose={onClose}
    >
      <Form onSubmit={() => void order.run().then((ok) => ok && onDone())}>
        <Field
          label="Transaction"
          value={reference}
          maxLength={200}
          onChange={(e) => setReference(e.target.value)}
          help="Its id, so that members can find it. It stands in their statements."
          error={order.fields.reference}
        />
        <Failure words={order.fields.reference ? null : order.error} />
        <div className="flex flex-wrap gap-3">
          <Button type="submit" kind="primary" busy={order.busy} disabled={reference.trim() === ""}>
            Book it as paid
          </Button>
          <Button onClick={onClose}>Not now</Button>
        </div>
      </Form>
    </Dialog>
  );
}
