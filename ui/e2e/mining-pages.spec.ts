import { expect, fitsWidth, noAxeViolations, test } from "./mock";

// The pages of profiles, installation and statistics, each looked at once per theme and width. One sign-in serves all
// views of a test: the browser keeps its session, and the pages keep what they show in the address.
const views: [string, string, RegExp][] = [
  ["profiles", "/profiles", /^Profiles and pools$/],
  ["profile-edit", "/profiles?view=edit&id=p1", /^Edit Desk/],
  ["profile-versions", "/profiles?view=versions&id=p1", /^Versions of Desk/],
  ["profile-import", "/profiles?view=import", /^Import profiles$/],
  ["install", "/install", /^Install$/],
  ["statistics", "/statistics?span=24h", /^Statistics$/],
];

for (const theme of ["light", "dark"] as const) {
  for (const width of [360, 1600]) {
    test.describe(`${theme}, ${width} px`, () => {
      test.use({ colorScheme: theme, viewport: { width, height: width === 360 ? 780 : 1000 } });

      test("profiles, installation and statistics", async ({ page, mock }) => {
        await mock.open("problem", "/profiles");
        for (const [name, path, title] of views) {
          await test.step(name, async () => {
            await page.goto(path);
            await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
            if (name === "statistics") await expect(page.locator(".uplot canvas")).toHaveCount(4);
            if (name === "profile-edit") await expect(page.getByText("Would be accepted")).toBeVisible();
            if (name === "install") await expect(page.getByText("Removed, likely by an antivirus")).toBeVisible();
            await fitsWidth(page);
            await noAxeViolations(page);
            await page.screenshot({ path: `test-results/shots/${name}-${width}-${theme}.png`, fullPage: true });
          });
        }
        await test.step("the window before a start", async () => {
          await page.goto("/profiles?id=p1&start=true");
          await expect(
            page.getByRole("dialog", { name: /^Start Desk/ }).getByText("Loss", { exact: true }),
          ).toBeVisible();
          await noAxeViolations(page);
          await page.screenshot({ path: `test-results/shots/window-start-${width}-${theme}.png` });
        });
      });
    });
  }
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
