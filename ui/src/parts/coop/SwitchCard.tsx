import { queryOptions, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Config, coop } from "../../api/coop";
import { Problem } from "../../api/rest";
import { useCall } from "../../lib/call";
import { sentence } from "../../lib/format";
import { Button } from "../Button";
import { Card } from "../Card";
import { Sure } from "../Form";
import { SettingsForm } from "./SettingsForm";

/** Whether and how a crew is coordinated; an adit that cannot be switched has nothing to show. */
export const coopConfig = queryOptions({
  queryKey: ["coop", "config"],
  queryFn: ({ signal }) => coop.config(signal),
  retry: (failures, err) => failures < 1 && !(err instanceof Problem && err.status === 501),
  refetchInterval: (q) => (q.state.data && q.state.data.mode === "on" && !q.state.data.running ? 2_000 : false),
});

/** The coordinator's settings and its off switch. */
export function SwitchCard({ config: c }: { config: Config }) {
  const client = useQueryClient();
  const [form, setForm] = useState(false);
  const off = useCall(async () => {
    client.setQueryData(coopConfig.queryKey, await coop.configure({ mode: "off" }));
  });
  return (
    <Card title="Coordinator">
      <div className="space-y-4">
        <p className="max-w-prose text-fg-1">
          {c.fixed
            ? `Its settings cannot be changed here. ${sentence(c.fixed)}.`
            : "This adit leads the crew. Switched off, members are disconnected; ledger, balances and settings stay for the next time."}
        </p>
        {c.fixed ? null : (
          <div className="flex flex-wrap items-start gap-3">
            <Button small onClick={() => setForm(true)}>
              Change pool or doors
            </Button>
            <Sure label="Switch it off" question="All members are disconnected." yes="Switch off" order={off} />
          </div>
        )}
      </div>
      {form ? <SettingsForm config={c} onClose={() => setForm(false)} /> : null}
    </Card>
  );
}
