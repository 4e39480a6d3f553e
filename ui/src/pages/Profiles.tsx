import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useCallback } from "react";
import { type Profile, profiles } from "../api/profiles";
import { wordsOf } from "../api/rest";
import { useCall } from "../lib/call";
import { emptyForm, formOf } from "../lib/profileform";
import { useDevices } from "../live/hooks";
import { Button, buttonClass, Failure } from "../parts/Button";
import { EmptyProfiles } from "../parts/profile/EmptyProfiles";
import { ImportPanel } from "../parts/profile/ImportPanel";
import { ProfileEditor } from "../parts/profile/ProfileEditor";
import { saveFile } from "../parts/profile/ProfileMenu";
import { ProfileRow } from "../parts/profile/ProfileRow";
import { StartDialog } from "../parts/profile/StartDialog";
import { Versions } from "../parts/profile/Versions";

const route = getRouteApi("/profiles");

/** Saved ways to mine. What is shown stands in the address. */
export function Profiles() {
  const { view, id } = route.useSearch();
  const list = useProfiles();
  const one = list.data?.find((p) => p.id === id);
  if (view === "new") return <Edit title="New profile" profile={null} />;
  if (view === "import") return <Import />;
  if (view && list.data && !one) return <Gone />;
  if (view && !one) return list.error ? <Failure words={wordsOf(list.error)} /> : null;
  if (view === "edit" && one) return <Edit title={`Edit ${one.name}`} profile={one} />;
  if (view === "copy" && one) return <Edit title={`Duplicate ${one.name}`} profile={null} from={one} />;
  if (view === "versions" && one) return <History profile={one} />;
  return <List />;
}

function useProfiles() {
  return useQuery({
    queryKey: ["profiles"],
    queryFn: ({ signal }) => profiles.list(signal),
    refetchInterval: 10_000,
  });
}

/** Reads the profiles again after something was changed. */
function useChanged() {
  const client = useQueryClient();
  return useCallback(
    () =>
      void Promise.all([
        client.invalidateQueries({ queryKey: ["profiles"] }),
        client.invalidateQueries({ queryKey: ["profiles-last"] }),
      ]),
    [client],
  );
}

function List() {
  const list = useProfiles();
  const last = useQuery({ queryKey: ["profiles-last"], queryFn: ({ signal }) => profiles.last(signal) });
  const devices = useDevices();
  const changed = useChanged();
  const navigate = route.useNavigate();
  const { id, start } = route.useSearch();
  const asked = start ? list.data?.find((p) => p.id === id) : undefined;
  const close = () => void navigate({ search: {}, replace: true });
  return (
    <>
      <Head some={(list.data?.length ?? 0) > 0} />
      <Failure words={list.error ? wordsOf(list.error) : null} />
      {list.isPending ? <p className="text-fg-1">Reading the profiles</p> : null}
      {list.data?.length === 0 ? <EmptyProfiles /> : null}
      <ul aria-label="Profiles" className="space-y-4 empty:hidden">
        {list.data?.map((p) => (
          <ProfileRow
            key={p.id}
            profile={p}
            device={devices.find((d) => d.profile === p.id && d.desired !== "stopped")}
            last={last.data?.find((l) => l.profile === p.id)}
            onStart={() => void navigate({ search: { id: p.id, start: true } })}
            onChanged={changed}
          />
        ))}
      </ul>
      {asked ? (
        <StartDialog
          profile={asked}
          onClose={close}
          onStarted={() => {
            close();
            changed();
          }}
        />
      ) : null}
    </>
  );
}

function Head({ some }: { some: boolean }) {
  const save = useCall(() => saveFile(null, "adit-profiles", "yaml"));
  return (
    <div className="space-y-2">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h1 className="text-[20px] leading-7">Profiles and pools</h1>
        {some ? (
          <div className="flex flex-wrap gap-2">
            <Link to="/profiles" search={{ view: "new" }} className={buttonClass("primary", true)}>
              New profile
            </Link>
            <Link to="/profiles" search={{ view: "import" }} className={buttonClass("plain", true)}>
              Import
            </Link>
            <Button small busy={save.busy} onClick={() => void save.run()}>
              Export all
            </Button>
          </div>
        ) : null}
      </div>
      <p className="max-w-prose text-fg-1">
        A profile is a saved way to mine: program, pool and the address that is paid to. adit never stores private keys.
      </p>
      <Failure words={save.error} />
    </div>
  );
}

/** The way back to the list, and what is done here. */
function Sub({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <>
      <div>
        <Link to="/profiles" search={{}} className="text-[13px] text-fg-1 underline underline-offset-4">
          All profiles
        </Link>
        <h1 className="mt-1 text-[20px] leading-7 break-words">{title}</h1>
      </div>
      {children}
    </>
  );
}

/** The form; from: filled from another profile, whose secrets do not come along. */
function Edit({ title, profile, from }: { title: string; profile: Profile | null; from?: Profile }) {
  const navigate = route.useNavigate();
  const changed = useChanged();
  const first = profile
    ? formOf(profile)
    : from
      ? formOf({ ...from, name: `${from.name} copy`, secrets: [], autostart: false })
      : emptyForm("native");
  return (
    <Sub title={title}>
      {from && from.secrets.length > 0 ? (
        <p className="text-fg-1">
          Passwords and other secrets do not come along: type them again where they are needed.
        </p>
      ) : null}
      <ProfileEditor
        key={`${profile?.id ?? from?.id ?? "new"}`}
        profile={profile}
        first={first}
        onCancel={() => void navigate({ search: {} })}
        onSaved={(saved, start) => {
          changed();
          void navigate({ search: start ? { id: saved.id, start: true } : {} });
        }}
      />
    </Sub>
  );
}

function History({ profile }: { profile: Profile }) {
  return (
    <Sub title={`Versions of ${profile.name}`}>
      <Versions profile={profile} onChanged={useChanged()} />
    </Sub>
  );
}

function Import() {
  const changed = useChanged();
  return (
    <Sub title="Import profiles">
      <ImportPanel onImported={changed} />
    </Sub>
  );
}

function Gone() {
  return (
    <Sub title="There is no such profile">
      <p className="text-fg-1">It was deleted, or the address is not whole.</p>
    </Sub>
  );
}
