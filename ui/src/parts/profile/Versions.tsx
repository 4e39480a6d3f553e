import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Profile, type ProfileChange, type ProfileVersion, profiles } from "../../api/profiles";
import { wordsOf } from "../../api/rest";
import { useCall } from "../../lib/call";
import { moment, sentence } from "../../lib/format";
import { useNow } from "../../lib/now";
import { Button, Failure } from "../Button";
import { Card } from "../Card";

/** The saved states of a profile, newest first, each with what it changed. */
export function Versions({ profile, onChanged }: { profile: Profile; onChanged: () => void }) {
  const list = useQuery({
    queryKey: ["versions", profile.id, profile.version],
    queryFn: ({ signal }) => profiles.versions(profile.id, signal),
  });
  return (
    <Card title="Versions">
      <p className="mb-4 text-fg-1">
        Each save makes a version. Going back makes the old state the newest; nothing is lost. A running program keeps
        what it was started with until it is started again.
      </p>
      <Failure words={list.error ? wordsOf(list.error) : null} />
      {list.isPending ? <p className="text-fg-1">Reading the versions</p> : null}
      <ol className="divide-y divide-bg-2">
        {list.data?.map((v) => (
          <OneVersion key={v.version} profile={profile} version={v} onChanged={onChanged} />
        ))}
      </ol>
    </Card>
  );
}

function OneVersion(p: { profile: Profile; version: ProfileVersion; onChanged: () => void }) {
  const { profile, version: v, onChanged } = p;
  const now = useNow();
  const [sure, setSure] = useState(false);
  const back = useCall(() => profiles.revert(profile.id, v.version, profile.version));
  const current = v.version === profile.version;
  return (
    <li className="space-y-2 py-4 first:pt-0 last:pb-0">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <p>
          <strong className="num font-semibold">{v.version}</strong>
          <span className="ml-3">{sentence(v.reason)}</span>
          <span className="ml-3 text-[13px] text-fg-1">
            {moment(v.savedAt, now)} by {v.savedBy}
          </span>
        </p>
        {current ? (
          <span className="text-[13px] text-fg-1">in force</span>
        ) : sure ? (
          <span className="flex flex-wrap gap-2">
            <Button
              small
              kind="primary"
              busy={back.busy}
              onClick={() => void back.run().then((ok) => ok && onChanged())}
            >
              Go back to version {v.version}
            </Button>
            <Button small kind="quiet" onClick={() => setSure(false)}>
              Leave it
            </Button>
          </span>
        ) : (
          <Button small onClick={() => setSure(true)} aria-label={`Go back to this: version ${v.version}`}>
            Go back to this
          </Button>
        )}
      </div>
      <Changes changes={v.changes} />
      <Failure words={back.error} />
    </li>
  );
}

/** What differs from the version before: the old value struck through, the new one after it. */
export function Changes({ changes }: { changes: ProfileChange[] }) {
  if (changes.length === 0) return null;
  return (
    <ul className="num space-y-1 text-[13px]">
      {changes.map((c) => (
        <li key={c.key} className="wrap-anywhere">
          <span className="text-fg-1">{c.key.replace(/^config\./, "")}: </span>
          {c.secret ? <span className="font-sans">a secret, not shown</span> : <Difference change={c} />}
        </li>
      ))}
    </ul>
  );
}

function Difference({ change: c }: { change: ProfileChange }) {
  return (
    <>
      {c.old === undefined ? null : (
        <>
          <span className="sr-only">was </span>
          <del className="text-fg-1">{valueWords(c.old)}</del> <span aria-hidden="true">→</span>{" "}
        </>
      )}
      {c.new === undefined ? (
        <span className="font-sans">taken out</span>
      ) : (
        <>
          <span className="sr-only">is now </span>
          <ins className="no-underline">{valueWords(c.new)}</ins>
        </>
      )}
    </>
  );
}

const valueWords = (v: unknown) => (typeof v === "string" ? v || '""' : JSON.stringify(v));
