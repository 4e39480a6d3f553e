import { Link } from "@tanstack/react-router";
import { openDialog } from "../lib/dialogs";
import { ActionsIcon, ComputerIcon, OverviewIcon } from "./Icons";

const places = [
  { to: "/", label: "Overview", keys: "g o", icon: <OverviewIcon /> },
  { to: "/computer", label: "This computer", keys: "g c", icon: <ComputerIcon /> },
] as const;

const look =
  "flex items-center justify-center gap-0.5 rounded-md text-fg-1 hover:bg-bg-2 hover:text-fg-0 " +
  "flex-1 flex-col py-2 text-[12px] leading-4 md:flex-none md:px-1 lg:flex-row lg:justify-start lg:gap-3 lg:px-3 lg:text-[14px] lg:leading-5";

/** The ways to the pages: a rail at the left, a bar at the bottom on a narrow screen. */
export function Rail() {
  return (
    <nav
      aria-label="Pages"
      className="fixed inset-x-0 bottom-0 z-30 flex gap-1 border-t border-bg-2 bg-bg-0 px-2 py-1 md:sticky md:inset-x-auto md:top-[57px] md:h-[calc(100dvh-57px)] md:w-24 md:shrink-0 md:flex-col md:border-t-0 md:border-r md:px-2 md:py-3 lg:w-52"
    >
      {places.map((p) => (
        <Link
          key={p.to}
          to={p.to}
          activeOptions={{ exact: true, includeSearch: false }}
          className={look}
          activeProps={{ className: "!text-fg-0 bg-bg-2 font-semibold", "aria-current": "page" }}
          title={`${p.label} (${p.keys})`}
        >
          {p.icon}
          <span className="text-center">{p.label}</span>
        </Link>
      ))}
      <button type="button" onClick={() => openDialog("palette")} className={look} title="Actions (Ctrl+K)">
        <ActionsIcon />
        <span>Actions</span>
        <kbd className="num ml-auto hidden text-[12px] text-fg-2 lg:block">Ctrl K</kbd>
      </button>
    </nav>
  );
}
