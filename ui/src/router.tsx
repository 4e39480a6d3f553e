import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { readOverviewSearch } from "./lib/arrange";
import { readComputerSearch } from "./lib/computerview";
import { readCoopSearch } from "./lib/coopview";
import { readProfileSearch } from "./lib/profilesearch";
import { readStatisticsSearch } from "./lib/timerange";
import { NotFound } from "./pages/NotFound";
import { Overview } from "./pages/Overview";
import { Shell } from "./pages/Shell";

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const overview = createRoute({
  getParentRoute: () => root,
  path: "/",
  component: Overview,
  validateSearch: readOverviewSearch,
});

const computer = createRoute({
  getParentRoute: () => root,
  path: "/computer",
  component: lazyRouteComponent(() => import("./pages/Computer"), "Computer"),
  validateSearch: readComputerSearch,
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

const coop = createRoute({
  getParentRoute: () => root,
  path: "/coop",
  component: lazyRouteComponent(() => import("./pages/Coop"), "Coop"),
  validateSearch: readCoopSearch,
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
  routeTree: root.addChildren([
    overview,
    computer,
    profiles,
    install,
    coop,
    statistics,
    doctor,
    settings,
    settingsSection,
  ]),
  defaultPreload: false,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
