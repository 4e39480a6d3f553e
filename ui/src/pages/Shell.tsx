import { Navigate, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { Fragment, useEffect } from "react";
import { openDialog, useDialog } from "../lib/dialogs";
import { listenKeys } from "../lib/keys";
import { isAt } from "../lib/places";
import { setPrefs } from "../lib/prefs";
import { useHub, useLive } from "../live/hooks";
import { HelpDialog } from "../parts/HelpDialog";
import { MineDialog } from "../parts/MineDialog";
import { Palette } from "../parts/Palette";
import { PauseNote } from "../parts/PauseControl";
import { PracticeDialog } from "../parts/PracticeDialog";
import { Rail } from "../parts/Rail";
import { Toasts } from "../parts/Toasts";
import { TruthStrip } from "../parts/TruthStrip";
import { useSettings } from "../parts/useSettings";

/** What stands around every page. */
export function Shell() {
  const navigate = useNavigate();
  const hub = useHub();
  useEffect(() => listenKeys((path) => void navigate({ to: path })), [navigate]);
  return (
    <div className="min-h-dvh">
      <a
        href="#main"
        className="sr-only rounded-md bg-bg-0 px-4 py-2 focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50"
      >
        Go to the content
      </a>
      <TruthStrip hub={hub} />
      <div className="md:flex">
        <Rail />
        <main id="main" tabIndex={-1} className="min-w-0 flex-1 px-4 pt-4 pb-24 outline-none md:px-6 md:pt-6 md:pb-10">
          <div className="mx-auto max-w-[1400px] space-y-4">
            {hub === null ? <Waiting /> : hub ? <HubPage /> : <LonePage />}
          </div>
        </main>
      </div>
      {hub ? <Toasts /> : null}
      {hub === false ? <LoneWindows /> : <Windows />}
    </div>
  );
}

function HubPage() {
  return (
    <>
      <PauseNote />
      <Page />
    </>
  );
}

/** An adit without a hub coordinates a crew: that is the page it has. */
function LonePage() {
  const path = useRouterState({ select: (s) => s.location.pathname });
  return isAt("/coop", path) ? <Outlet /> : <Navigate to="/coop" replace />;
}

/** Of the windows it has the one about keys. */
function LoneWindows() {
  return useDialog() === "help" ? <HelpDialog onClose={() => openDialog(null)} /> : null;
}

/** Drawn anew when values are to be written in another way. */
function Page() {
  const overview = useLive("overview");
  const general = useSettings().data?.general;
  const way = `${general?.units ?? "metric"} ${general?.timezone ?? ""}`;
  if (general) setPrefs(general);
  return <Fragment key={way}>{overview ? <Outlet /> : <Waiting />}</Fragment>;
}

const Waiting = () => <p className="text-fg-1">Waiting for the first values from adit.</p>;

function Windows() {
  const open = useDialog();
  const close = () => openDialog(null);
  switch (open) {
    case "practice":
      return <PracticeDialog onClose={close} />;
    case "mine":
      return <MineDialog onClose={close} />;
    case "palette":
      return <Palette onClose={close} />;
    case "help":
      return <HelpDialog onClose={close} />;
    default:
      return null;
  }
}
