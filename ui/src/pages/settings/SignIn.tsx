import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { account, type Login } from "../../api/account";
import { browserName } from "../../lib/agent";
import { useCall } from "../../lib/call";
import { moment } from "../../lib/format";
import { useNow } from "../../lib/now";
import { live } from "../../live/browser";
import { Age } from "../../parts/Age";
import { Button, Failure } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Command, CopyButton } from "../../parts/Command";
import { Sure } from "../../parts/Form";
import { Loaded } from "../../parts/Loaded";

/** Who is signed in, and how another browser comes in. */
export function SignIn() {
  const logins = useQuery({
    queryKey: ["logins"],
    queryFn: ({ signal }) => account.logins(signal),
    refetchInterval: 15_000,
  });
  return (
    <>
      <NewLink />
      <Card title="Open logins">
        <Loaded query={logins} what="The open logins">
          {(list) =>
            list.length === 0 ? (
              <p className="text-fg-1">No browser is signed in by a link.</p>
            ) : (
              <ul className="divide-y divide-bg-2">
                {list.map((l) => (
                  <Row key={l.id} login={l} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </Card>
    </>
  );
}

function NewLink() {
  const now = useNow();
  const [link, setLink] = useState<{ url: string; expiresAt: string } | null>(null);
  const make = useCall(async () => setLink(await account.newLink()));
  const over = link !== null && Date.parse(link.expiresAt) <= now;
  return (
    <Card title="Let another browser in">
      <div className="space-y-3">
        <p className="max-w-prose text-fg-1">
          There is no password. A link signs one browser in, once: whoever opens it first may do all that you may, so
          give it to nobody else.
        </p>
        <Failure words={make.error} />
        {link && !over ? (
          <div className="space-y-2">
            <div className="flex flex-wrap items-center gap-2">
              <code className="num min-w-0 rounded-sm border border-bg-2 bg-bg-0 px-2 py-1 text-[13px] break-all select-all">
                {link.url}
              </code>
              <CopyButton text={link.url} label="The one-time link" />
            </div>
            <p className="text-[13px] text-fg-1">
              Good until {moment(link.expiresAt, now)}, for one browser. An address of 127.0.0.1 is this computer only.
            </p>
          </div>
        ) : null}
        {over ? <p>The link is too old now and signs nobody in.</p> : null}
        <Button busy={make.busy} onClick={() => void make.run()}>
          {link ? "Make another link" : "Make a one-time link"}
        </Button>
        <p className="flex flex-wrap items-center gap-3 text-[13px] text-fg-1">
          The same in a terminal: <Command label="A link in a terminal" line="adit link" />
        </p>
      </div>
    </Card>
  );
}

function Row({ login: l }: { login: Login }) {
  const now = useNow();
  const client = useQueryClient();
  const end = useCall(async () => {
    await account.endLogin(l.id);
    if (l.current) live.signOut();
    else await client.invalidateQueries({ queryKey: ["logins"] });
  });
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 py-3 first:pt-0 last:pb-0">
      <div className="min-w-0">
        <p className="font-medium">
          {browserName(l.userAgent)}
          {l.current ? <span className="font-normal text-fg-1">, this browser</span> : null}
        </p>
        <p className="text-[13px] text-fg-1">
          Signed in {moment(l.createdAt, now)}, last seen <Age at={l.lastSeenAt} why="Not since it signed in." />, until{" "}
          {moment(l.expiresAt, now)}
        </p>
      </div>
      <Sure
        label={l.current ? "Sign out" : "End"}
        question={l.current ? "You need a new link to come back." : "It is signed out at once."}
        yes={l.current ? "Sign this browser out" : "End this login"}
        order={end}
      />
    </li>
  );
}
