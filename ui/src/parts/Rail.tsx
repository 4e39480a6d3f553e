import { Link, useRouterState } from "@tanstack/react-router";
import { DropdownMenu } from "radix-ui";
import type { ReactNode } from "react";
import { cx } from "../lib/cx";
import { openDialog } from "../lib/dialogs";
import { inBar, isAt, lonePlaces, type Place, places } from "../lib/places";
import { useHub } from "../live/hooks";
import {
  ActionsIcon,
  ComputerIcon,
  CoopIcon,
  DoctorIcon,
  InstallIcon,
  MoreIcon,
  OverviewIcon,
  ProfilesIcon,
  SettingsIcon,
  StatisticsIcon,
} from "./Icons";

const icons: Record<Place, ReactNode> = {
  "/": <OverviewIcon />,
  "/computer": <ComputerIcon />,
  "/profiles": <ProfilesIcon />,
  "/install": <InstallIcon />,
  "/coop": <CoopIcon />,
  "/statistics": <StatisticsIcon />,
  "/doctor": <DoctorIcon />,
  "/settings": <SettingsIcon />,
};

const look =
  "flex items-center justify-center gap-0.5 rounded-md text-fg-1 hover:bg-bg-2 hover:text-fg-0 " +
  "min-w-0 flex-1 flex-col py-2 text-[12px] leading-4 md:flex-none md:px-1 lg:flex-row lg:justify-start lg:gap-3 lg:px-3 lg:text-[14px] lg:leading-5";
const here = "!text-fg-0 bg-bg-2 font-semibold";

/** The ways to the pages: a rail at the left, a bar of five at the bottom on a narrow screen. */
export function Rail() {
  const path = useRouterState({ select: (s) => s.location.pathname });
  const lone = useHub() === false;
  const shown = lone ? places.filter((p) => lonePlaces.includes(p.to)) : places;
  return (
    <nav
      aria-label="Pages"
      className="fixed inset-x-0 bottom-0 z-30 flex gap-1 border-t border-bg-2 bg-bg-0 px-1 py-1 md:sticky md:inset-x-auto md:top-[57px] md:h-[calc(100dvh-57px)] md:w-24 md:shrink-0 md:flex-col md:overflow-y-auto md:border-t-0 md:border-r md:px-2 md:py-3 lg:w-52"
    >
      {shown.map((p) => (
        <Link
          key={p.to}
          to={p.to}
          activeOptions={{ exact: true, includeSearch: false }}
          className={cx(look, isAt(p.to, path) && here, !lone && !inBar.includes(p.to) && "hidden md:flex")}
          aria-current={isAt(p.to, path) ? "page" : undefined}
          title={`${p.label} (${p.keys})`}
        >
          {icons[p.to]}
          <span className="text-center md:hidden">{p.short}</span>
          <span className="hidden text-center md:block">{p.label}</span>
        </Link>
      ))}
      {lone ? null : <More path={path} />}
      <button
        type="button"
        onClick={() => openDialog("palette")}
        className={cx(look, "hidden", !lone && "md:flex")}
        title="Actions (Ctrl+K)"
      >
        <ActionsIcon />
        <span>Actions</span>
        <kbd className="num ml-auto hidden text-[12px] text-fg-2 lg:block">Ctrl K</kbd>
      </button>
    </nav>
  );
}

const item =
  "flex min-h-11 w-full items-center gap-3 rounded-sm px-3 outline-none data-[highlighted]:bg-bg-2 data-[highlighted]:outline-2 data-[highlighted]:outline-lamp";

/** On a narrow screen: the pages that have no place in the bar, and the actions. */
function More({ path }: { path: string }) {
  const rest = places.filter((p) => !inBar.includes(p.to));
  const inside = rest.some((p) => isAt(p.to, path));
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className={cx(look, "md:hidden", inside && here)}>
        <MoreIcon />
        <span>More</span>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          sideOffset={6}
          collisionPadding={8}
          className="z-50 min-w-52 rounded-md border border-fg-2 bg-bg-0 p-1 text-fg-0 md:hidden"
        >
          {rest.map((p) => (
            <DropdownMenu.Item key={p.to} asChild>
              <Link to={p.to} className={cx(item, isAt(p.to, path) && "font-semibold")}>
                {icons[p.to]} {p.label}
              </Link>
            </DropdownMenu.Item>
          ))}
          <DropdownMenu.Item className={item} onSelect={() => openDialog("palette")}>
            <ActionsIcon /> Actions
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
