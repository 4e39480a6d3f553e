import { useState } from "react";
import { coop, type MemberDetail } from "../../api/coop";
import { useCall } from "../../lib/call";
import { Button, Failure } from "../Button";
import { Field } from "../Field";
import { Check, Form, Sure } from "../Form";

interface Props {
  member: MemberDetail;
  onChanged: () => void;
}

/** What may be done to a member. */
export function MemberOrders({ member: m, onChanged }: Props) {
  const order = useCall(async (f: () => Promise<unknown>) => {
    await f();
    onChanged();
  });
  const back = useCall(async () => {
    await coop.unsuspend(m.id);
    onChanged();
  });
  return (
    <section aria-label="What may be done" className="space-y-4 border-t border-bg-2 pt-4">
      <Difficulty member={m} onChanged={onChanged} />
      <Check
        label="Hash all of its shares here"
        help="Otherwise as many as its honesty asks for."
        checked={m.policy === "all"}
        onChange={(all) => order.run(() => coop.policy(m.id, all ? "all" : "auto"))}
      />
      <Failure words={order.error} />
      {m.via === "grpc" ? (
        <Button
          small
          busy={order.busy}
          onClick={() => void order.run(() => coop.pause(m.id, m.paused ? "resume" : "pause"))}
        >
          {m.paused ? "Let it go on" : "Tell it to rest"}
        </Button>
      ) : null}
      {m.status === "suspended" ? (
        <Sure label="Let it in again" question="It may connect and earn again." yes="Let it in" order={back} />
      ) : (
        <Suspend id={m.id} onChanged={onChanged} />
      )}
    </section>
  );
}

function Difficulty({ member: m, onChanged }: Props) {
  const [typed, setTyped] = useState(m.fixedDifficulty === null ? "" : String(m.fixedDifficulty));
  const order = useCall(async (d: number | null) => {
    await coop.difficulty(m.id, d);
    onChanged();
  });
  const wish = typed.trim() === "" ? null : Number(typed);
  const wrong = wish !== null && !(Number.isFinite(wish) && wish >= 1);
  return (
    <Form onSubmit={() => wrong || void order.run(wish)}>
      <div className="flex flex-wrap items-end gap-3">
        <div className="min-w-0 flex-1 basis-40">
          <Field
            label="Difficulty"
            inputMode="numeric"
            value={typed}
            placeholder="Found by itself"
            onChange={(e) => setTyped(e.target.value)}
            error={wrong ? "A number of hashes from 1." : order.fields.difficulty}
          />
        </div>
        <Button type="submit" small busy={order.busy} disabled={wrong || wish === m.fixedDifficulty} className="mb-1">
          Set
        </Button>
      </div>
      <Failure words={order.fields.difficulty ? null : order.error} />
    </Form>
  );
}

function Suspend({ id, onChanged }: { id: string; onChanged: () => void }) {
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState("");
  const order = useCall(async () => {
    await coop.suspend(id, reason.trim());
    onChanged();
  });
  if (!open)
    return (
      <Button small kind="danger" onClick={() => setOpen(true)}>
        Suspend
      </Button>
    );
  return (
    <Form onSubmit={() => void order.run()}>
      <Field
        label="Why is it suspended?"
        value={reason}
        maxLength={200}
        onChange={(e) => setReason(e.target.value)}
        help="The member and the journal get to read it. Its connections are cut at once and it is let in no more; what it earned stays its own."
        error={order.fields.reason}
      />
      <Failure words={order.fields.reason ? null : order.error} />
      <div className="flex flex-wrap gap-3">
        <Button type="submit" small kind="danger" busy={order.busy} disabled={reason.trim() === ""}>
          Suspend it
        </Button>
        <Button small onClick={() => setOpen(false)}>
          Let it be
        </Button>
      </div>
    </Form>
  );
}
