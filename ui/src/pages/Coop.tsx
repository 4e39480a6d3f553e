import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import type { Glance } from "../api/coop";
import { useLive } from "../live/hooks";
import { Button } from "../parts/Button";
import { CoopTabs } from "../parts/coop/CoopTabs";
import { CreditDialog } from "../parts/coop/CreditDialog";
import { EmptyCoop } from "../parts/coop/EmptyCoop";
import { GlanceCards } from "../parts/coop/GlanceCards";
import { InviteDialog } from "../parts/coop/InviteDialog";
import { LedgerTab } from "../parts/coop/LedgerTab";
import { MemberDialog } from "../parts/coop/MemberDialog";
import { MembersTable } from "../parts/coop/MembersTable";
import { PayoutTab } from "../parts/coop/PayoutTab";
import { coopConfig, SwitchCard } from "../parts/coop/SwitchCard";
import { WorkTab } from "../parts/coop/WorkTab";
import { StateMark } from "../parts/StateMark";

const route = getRouteApi("/coop");

/** Machines that mine as one: who takes part, for whom they work, and who is owed what. */
export function Coop() {
  const glance = useLive("coop");
  return glance ? <Crew glance={glance} /> : <EmptyCoop />;
}

function Crew({ glance: g }: { glance: Glance }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [open, setOpen] = useState<"invite" | "credit" | null>(null);
  const tab = search.part ?? "members";
  const close = () => void navigate({ search: ({ member: _, ...rest }) => rest, resetScroll: false });
  return (
    <>
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <h1 className="text-[20px] leading-7">{g.name}</h1>
        <div className="flex flex-wrap gap-2">
          {g.payout.basis === "credits" ? (
            <Button small onClick={() => setOpen("credit")}>
              Enter a credit
            </Button>
          ) : null}
          <Button small kind="primary" onClick={() => setOpen("invite")}>
            Invite
          </Button>
        </div>
      </div>
      <State glance={g} />
      <GlanceCards glance={g} />
      <CoopTabs current={tab} />
      {tab === "members" ? <MembersTable glance={g} /> : null}
      {tab === "work" ? <WorkTab glance={g} /> : null}
      {tab === "payout" ? <PayoutTab glance={g} onCredit={() => setOpen("credit")} /> : null}
      {tab === "ledger" ? <LedgerTab glance={g} /> : null}
      <Switchable />
      {open === "invite" ? <InviteDialog glance={g} onClose={() => setOpen(null)} /> : null}
      {open === "credit" ? <CreditDialog coin={g.coin} onClose={() => setOpen(null)} /> : null}
      {search.member ? <MemberDialog id={search.member} coin={g.coin} onClose={close} /> : null}
    </>
  );
}

/** Is it well, and if not, what is to be done. */
function State({ glance: g }: { glance: Glance }) {
  return (
    <div className="space-y-2">
      <p role="status" className="flex items-start gap-3 text-[16px] leading-6">
        <span className="mt-1.5">
          <StateMark state={g.state === "idle" ? "stopped" : g.state} />
        </span>
        <strong className="min-w-0 font-semibold">{g.sentence}</strong>
      </p>
      {g.alarms.map((a) => (
        <div
          key={a.id}
          role={a.severity === "crit" ? "alert" : undefined}
          className={`flex items-start gap-3 rounded-md border p-3 ${a.severity === "crit" ? "border-crit" : "border-fg-2"}`}
        >
          <span className="mt-1">
            <StateMark state={a.severity} />
          </span>
          <p className="min-w-0">
            {a.text} <span className="text-fg-1">{a.fix}</span>
          </p>
        </div>
      ))}
    </div>
  );
}

/** Where this adit can be switched, its settings stand at the end of the page. */
function Switchable() {
  const config = useQuery(coopConfig);
  return config.data ? <SwitchCard config={config.data} /> : null;
}
