import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, fitsWidth, noAxeViolations, test } from "./mock";

// The pages of profiles, installation and statistics, each opened once per width and looked at in both themes. One
// sign-in serves all views of a test: the browser keeps its session, and the address holds what is shown.
const views: [name: string, path: string, shown: (page: Page) => Promise<void>][] = [
  ["profiles", "/profiles", (p) => expect(p.getByRole("heading", { name: "Graphics card" })).toBeVisible()],
  ["profile-edit", "/profiles?view=edit&id=p1", (p) => expect(p.getByText("Would be accepted")).toBeVisible()],
  [
    "profile-versions",
    "/profiles?view=versions&id=p1",
    (p) => expect(p.getByText("a secret, not shown")).toBeVisible(),
  ],
  [
    "profile-import",
    "/profiles?view=import",
    (p) => expect(p.getByText("Choose a file", { exact: true })).toBeVisible(),
  ],
  [
    "window-start",
    "/profiles?id=p1&start=true",
    (p) => expect(p.getByRole("dialog").getByText("Loss", { exact: true })).toBeVisible(),
  ],
  ["install", "/install", (p) => expect(p.getByText("Removed, likely by an antivirus")).toBeVisible()],
  ["statistics", "/statistics?span=24h", (p) => expect(p.locator(".uplot canvas")).toHaveCount(4)],
];

/** What differs between the themes is colour. */
async function noPoorContrast(page: Page) {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().withRules(["color-contrast"]).analyze();
  expect(violations.flatMap((v) => v.nodes.map((n) => n.html))).toEqual([]);
}

// One picture of each view and width is kept; SHOTS=all keeps those of the other theme too.
const all = process.env.SHOTS === "all";

for (const width of [360, 1600]) {
  test(`profiles, installation and statistics at ${width} px`, async ({ page, mock }) => {
    test.setTimeout(150_000);
    const picture = (name: string, theme: string) =>
      page.screenshot({ path: `test-results/shots/${name}-${width}-${theme}.png`, fullPage: true });
    await page.setViewportSize({ width, height: width === 360 ? 780 : 1000 });
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    await mock.open("problem", "/profiles");
    for (const [name, path, shown] of views) {
      await test.step(name, async () => {
        await page.emulateMedia({ colorScheme: "light" });
        await page.goto(path);
        await shown(page);
        await fitsWidth(page);
        await noAxeViolations(page);
        if (all || width === 360) await picture(name, "light");
        await page.emulateMedia({ colorScheme: "dark" });
        await noPoorContrast(page);
        if (all || width === 1600) await picture(name, "dark");
      });
    }
  });
}

test("empty pages offer ways on", async ({ page, mock }) => {
  await page.setViewportSize({ width: 360, height: 780 });
  await mock.open("empty", "/profiles");
  await expect(page.getByRole("link", { name: "New profile" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Start practice" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Import" })).toBeVisible();
  await noAxeViolations(page);
  await page.goto("/statistics");
  await expect(page.getByText("Nothing was hashed in the last hour.")).toBeVisible();
  await expect(page.getByText("No program ran in the last hour.")).toBeVisible();
  await fitsWidth(page);
  await noAxeViolations(page);
});
