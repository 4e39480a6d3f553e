import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { readProfileSearch } from "./lib/profilesearch";
import { readStatisticsSearch } from "./lib/timerange";
import { Computer } from "./pages/Computer";
import { NotFound } from "./pages/NotFound";
import { Overview } from "./pages/Overview";
import { Shell } from "./pages/Shell";
import { ranges } from "./parts/HashrateChart";

interface ComputerSearch {
  /** Name of the device that is shown. */
  device?: string;
  /** Minutes of the chart. */
  range?: number;
}

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const overview = createRoute({ getParentRoute: () => root, path: "/", component: Overview });

const computer = createRoute({
  getParentRoute: () => root,
  path: "/computer",
  component: Computer,
  validateSearch: (raw: Record<string, unknown>): ComputerSearch => {
    const search: ComputerSearch = {};
    if (typeof raw.device === "string" && raw.device !== "") search.device = raw.device;
    if (ranges.some((r) => r.minutes === raw.range)) search.range = raw.range as number;
    return search;
  },
});

const profiles = createRoute({
  getParentRoute: () => root,
  path: "/profiles",
  component: lazyRouteComponent(() => import("./pages/Profiles"), "Profiles"),
  validateSearch: readProfileSearch,
});

const install = createRoute({
  getParentRoute: () => root,
  path: "/install",
  component: lazyRouteComponent(() => import("./pages/Install"), "Install"),
});

const statistics = createRoute({
  getParentRoute: () => root,
  path: "/statistics",
  component: lazyRouteComponent(() => import("./pages/Statistics"), "Statistics"),
  validateSearch: readStatisticsSearch,
});

const doctor = createRoute({
  getParentRoute: () => root,
  path: "/doctor",
  component: lazyRouteComponent(() => import("./pages/Doctor"), "Doctor"),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  component: lazyRouteComponent(() => import("./pages/Settings"), "Settings"),
});

const settingsSection = createRoute({
  getParentRoute: () => root,
  path: "/settings/$section",
  component: lazyRouteComponent(() => import("./pages/Settings"), "Settings"),
});

export const router = createRouter({
  routeTree: root.addChildren([overview, computer, profiles, install, statistics, doctor, settings, settingsSection]),
  defaultPreload: false,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
