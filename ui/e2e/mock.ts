import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type Page } from "@playwright/test";

export type Scenario =
  | "empty"
  | "waiting"
  | "practice"
  | "starting"
  | "problem"
  | "profile"
  | "coop"
  | "coop-pool"
  | "coop-lone"
  | "coop-big";

interface Mock {
  /** Starts a fresh world and opens the app in it, signed in by the one-time link. */
  open(scenario: Scenario, path?: string): Promise<void>;
  control(name: string, body?: object): Promise<void>;
  /** Goes to another page of the open app, as a press on a link does: no new load. */
  go(path: string): Promise<void>;
}

/** Tests over the mock; any fault in the browser's console fails the test. */
export const test = base.extend<{ mock: Mock; quiet: undefined }>({
  quiet: [
    async ({ page }, use) => {
      const faults: string[] = [];
      page.on("pageerror", (e) => faults.push(String(e)));
      page.on("console", (m) => {
        // A refused order and a dropped stream are what some tests are about; the browser logs them by itself.
        if (m.type() === "error" && !/Failed to load resource|WebSocket connection/.test(m.text()))
          faults.push(m.text());
      });
      await use(undefined);
      expect(faults).toEqual([]);
    },
    { auto: true },
  ],
  mock: async ({ page, request }, use) => {
    const control = async (name: string, body: object = {}) => {
      const answer = await request.post(`/__mock/${name}`, { data: body });
      expect(answer.ok()).toBe(true);
    };
    await use({
      control,
      async go(path) {
        await page.evaluate((p) => history.pushState(null, "", p), path);
        await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      },
      async open(scenario, path = "/") {
        await control("scenario", { name: scenario });
        await page.goto(`${path}#token=mock-token`);
        await expect(page.getByText("Live", { exact: true })).toBeVisible();
      },
    });
  },
});

/** The app has no frames, so axe may work in the page itself: its other way opens a second page for each look. */
export async function noAxeViolations(page: Page) {
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ["violations"] });
  const { violations } = await axe.analyze();
  const told = violations.map((v) => `${v.id}: ${v.help}\n  ${v.nodes.map((n) => n.html).join("\n  ")}`);
  expect(told).toEqual([]);
}

/** Nothing may be wider than the screen; what sticks out is named. */
export async function fitsWidth(page: Page) {
  await page.evaluate(() => document.fonts.ready);
  const over = await page.evaluate(() => {
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) return [];
    const wide = [...document.body.querySelectorAll("*")].filter((e) => {
      const r = e.getBoundingClientRect();
      return r.width > 0 && r.right > root.clientWidth + 0.5;
    });
    return [`${root.scrollWidth} px wide`, ...wide.slice(-5).map((e) => e.outerHTML.slice(0, 160))];
  });
  expect(over).toEqual([]);
}

/** A picture to look at, where SHOTS is set: drawing them takes longer than all checks together. */
export async function shot(page: Page, name: string, fullPage = true) {
  if (process.env.SHOTS) await page.screenshot({ path: `test-results/shots/${name}.png`, fullPage });
}

/** The page in one theme at several widths: nothing sticks out, and axe finds nothing at the last of them. */
export async function looksRight(page: Page, name: string, theme: "light" | "dark", widths = [1600, 360]) {
  for (const width of theme === "light" ? widths : [...widths].reverse()) {
    await page.setViewportSize({ width, height: width === 360 ? 780 : 1000 });
    await fitsWidth(page);
    await shot(page, `${name}-${width}-${theme}`);
  }
  await noAxeViolations(page);
}

export { expect };
