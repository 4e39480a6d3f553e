import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { coop, type Glance, type NewInvite } from "../../api/coop";
import { useCall } from "../../lib/call";
import { doorAddress } from "../../lib/coopview";
import { moment } from "../../lib/format";
import { useNow } from "../../lib/now";
import { Button, Failure } from "../Button";
import { Command, CopyButton } from "../Command";
import { Dialog } from "../Dialog";
import { Field } from "../Field";
import { Form, Select } from "../Form";

const spans = [
  { value: "3600", label: "An hour" },
  { value: "86400", label: "A day" },
  { value: "604800", label: "A week" },
] as const;

/** Two ways in: a code for a computer that runs adit, an address for any other miner. */
export function InviteDialog({ glance: g, onClose }: { glance: Glance; onClose: () => void }) {
  const [made, setMade] = useState<NewInvite | null>(null);
  const door = g.doors.find((d) => d.kind === "stratum");
  return (
    <Dialog
      title="Invite to the crew"
      about="Who joins sees who runs it, the fee and the payout rule, and agrees first."
      onClose={onClose}
    >
      <div className="space-y-5">
        {made ? <Code invite={made} onMore={() => setMade(null)} /> : <Ask onMade={setMade} />}
        <OpenInvites />
        <section aria-label="Without an invitation" className="border-t border-bg-2 pt-4">
          <h3 className="mb-1 font-medium">Any other miner</h3>
          {door ? (
            <div className="space-y-2 text-[13px]">
              <p className="text-fg-1">
                XMRig or an ASIC needs no invitation: point it here. The name it logs in with becomes a member.
              </p>
              <p className="flex flex-wrap items-center gap-3">
                <span className="num break-all">{doorAddress(door)}</span>
                <CopyButton text={doorAddress(door)} label="The address for miners" />
              </p>
            </div>
          ) : (
            <p className="text-[13px] text-fg-1">
              The Stratum port is closed: its address is a setting of the coordinator.
            </p>
          )}
        </section>
      </div>
    </Dialog>
  );
}

function Ask({ onMade }: { onMade: (i: NewInvite) => void }) {
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [span, setSpan] = useState<(typeof spans)[number]["value"]>("86400");
  const [host, setHost] = useState("");
  const order = useCall(async () => {
    onMade(await coop.invite(name.trim(), Number(span), host.trim()));
    void client.invalidateQueries({ queryKey: ["coop", "invites"] });
  });
  return (
    <Form onSubmit={() => void order.run()}>
      <Field
        label="Name of the member"
        value={name}
        maxLength={64}
        onChange={(e) => setName(e.target.value)}
        help="It becomes the name in its certificate."
        error={order.fields.name}
      />
      <Select label="The code holds for" options={spans} value={span} onChange={setSpan} />
      <Field
        label="This computer's address, as the other reaches it"
        value={host}
        placeholder="This computer's own name"
        onChange={(e) => setHost(e.target.value)}
        error={order.fields.host}
      />
      <Failure words={order.fields.name || order.fields.host ? null : order.error} />
      <Button type="submit" kind="primary" busy={order.busy} disabled={name.trim() === ""}>
        Make a code
      </Button>
    </Form>
  );
}

function Code({ invite: i, onMore }: { invite: NewInvite; onMore: () => void }) {
  const now = useNow();
  return (
    <div role="status" className="space-y-3">
      <p>
        On the computer of <strong className="font-semibold">{i.name}</strong>, in a terminal. The code is shown this
        once and holds until {moment(i.expiresAt, now)}.
      </p>
      <Command label="The command that joins" line={i.command} />
      <p className="flex flex-wrap items-center gap-3">
        <span className="num text-[16px] break-all select-all">{i.code}</span>
        <CopyButton text={i.code} label="The code alone" />
      </p>
      <Button small onClick={onMore}>
        Invite another
      </Button>
    </div>
  );
}

/** Invitations that somebody could still use. */
function OpenInvites() {
  const now = useNow();
  const client = useQueryClient();
  const list = useQuery({ queryKey: ["coop", "invites"], queryFn: ({ signal }) => coop.invites(signal) });
  const revoke = useCall(async (id: string) => {
    await coop.revokeInvite(id);
    await client.invalidateQueries({ queryKey: ["coop", "invites"] });
  });
  const open = (list.data ?? []).filter((i) => i.state === "open");
  if (open.length === 0) return null;
  return (
    <section aria-label="Open invitations">
      <h3 className="mb-1 font-medium">Open invitations</h3>
      <ul className="divide-y divide-bg-2 text-[13px]">
        {open.map((i) => (
          <li key={i.id} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 py-2">
            <span className="min-w-0 break-words">
              {i.name} <span className="text-fg-1">until {moment(i.expiresAt, now)}</span>
            </span>
            <Button small busy={revoke.busy} onClick={() => void revoke.run(i.id)}>
              Revoke
            </Button>
          </li>
        ))}
      </ul>
      <Failure words={revoke.error} />
    </section>
  );
}
