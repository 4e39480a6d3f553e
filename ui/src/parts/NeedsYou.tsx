import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../api/rest";
import type { Action, Need } from "../api/types";
import { useCall } from "../lib/call";
import { most } from "../lib/needs";
import { Button, buttonClass, Failure } from "./Button";
import { Card } from "./Card";
import { Command } from "./Command";
import { StateMark } from "./StateMark";

const words = { crit: "Critical", warn: "Warning", info: "Note" } as const;

/** What a person should look at, each with one thing to do. */
export function NeedsYou({ needs }: { needs: Need[] }) {
  const [all, setAll] = useState(false);
  if (needs.length === 0) return null;
  const shown = all ? needs : needs.slice(0, most);
  return (
    <Card title="Needs you" jumps>
      <ul className="divide-y divide-bg-2">
        {shown.map((n) => (
          <li key={n.id} className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3 first:pt-0 last:pb-0">
            <span className="inline-flex w-20 shrink-0 items-center gap-1.5 font-medium">
              <StateMark state={n.severity} />
              {words[n.severity]}
            </span>
            <p className="min-w-0 flex-1 basis-72">{n.text}</p>
            {n.action ? <NeedAction action={n.action} /> : null}
          </li>
        ))}
      </ul>
      {shown.length < needs.length ? (
        <Button small kind="quiet" className="mt-2" onClick={() => setAll(true)}>
          {needs.length - shown.length} more
        </Button>
      ) : null}
    </Card>
  );
}

function NeedAction({ action }: { action: Action }) {
  if (action.post) return <PostAction label={action.label} path={action.post} />;
  if (action.command) return <Command label={action.label} line={action.command} />;
  if (action.href?.startsWith("/")) {
    return (
      <Link to={action.href} className={buttonClass("plain", true)}>
        {action.label}
      </Link>
    );
  }
  return null;
}

function PostAction({ label, path }: { label: string; path: string }) {
  const order = useCall(api.post);
  return (
    <div className="space-y-2">
      <Button small busy={order.busy} onClick={() => void order.run(path)}>
        {label}
      </Button>
      <Failure words={order.error} />
    </div>
  );
}
