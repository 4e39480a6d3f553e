import { expect, fitsWidth, looksRight, noAxeViolations, type Scenario, shot, test } from "./mock";

const views: [Scenario, string, string][] = [
  ["empty", "overview-empty", "/"],
  ["empty", "computer-empty", "/computer"],
  ["waiting", "overview-waiting", "/"],
  ["practice", "overview-practice", "/"],
  ["practice", "computer-practice", "/computer"],
  ["starting", "overview-starting", "/"],
  ["problem", "overview-problem", "/"],
  ["problem", "computer-problem", "/computer?device=native"],
];

// One load per scenario and theme; the widths and pages change without another.
for (const theme of ["light", "dark"] as const) {
  for (const scenario of ["empty", "waiting", "practice", "starting", "problem"] as const) {
    test(`${scenario}, ${theme}`, async ({ page, mock }) => {
      await page.emulateMedia({ colorScheme: theme });
      await mock.open(scenario);
      for (const [of, name, path] of views) {
        if (of !== scenario) continue;
        await mock.go(path);
        if (name === "overview-practice") await expect(page.locator(".uplot canvas").first()).toBeVisible();
        await looksRight(page, name, theme, scenario === "practice" ? [1600, 820, 360] : [1600, 360]);
      }
    });
  }
}

for (const theme of ["light", "dark"] as const) {
  test.describe(`windows, ${theme}`, () => {
    test.use({ colorScheme: theme, viewport: { width: 360, height: 780 } });
    test("sign-in", async ({ page, mock }) => {
      await mock.control("scenario", { name: "empty", signedIn: false });
      await page.goto("/");
      await expect(page.getByRole("heading", { name: "This browser is not signed in" })).toBeVisible();
      await expect(page.getByText("adit link")).toBeVisible();
      await fitsWidth(page);
      await noAxeViolations(page);
      await shot(page, `signin-360-${theme}`, false);
    });
    test("windows", async ({ page, mock }) => {
      const look = async (name: string) => {
        await expect(page.getByRole("dialog")).toBeVisible();
        await noAxeViolations(page);
        await shot(page, `window-${name}-360-${theme}`, false);
        await page.keyboard.press("Escape");
        await expect(page.getByRole("dialog")).toHaveCount(0);
      };
      await mock.open("empty");
      await page.getByRole("button", { name: "Start practice" }).click();
      await look("practice");
      await page.getByRole("button", { name: "Give pool and address" }).click();
      await look("mine");
      await page.keyboard.press("Control+k");
      await look("palette");
      await page.keyboard.press("?");
      await look("help");
    });
  });
}

test("the theme that was chosen is kept, and the other choice follows the system again", async ({ page, mock }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await mock.open("practice");
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  expect(await ground()).toBe("rgb(251, 250, 248)");
  await page.getByRole("button", { name: "Use the dark theme" }).click();
  expect(await ground()).toBe("rgb(14, 17, 19)");
  await page.reload();
  expect(await ground()).toBe("rgb(14, 17, 19)");
  await page.getByRole("button", { name: "Use the light theme" }).click();
  await page.emulateMedia({ colorScheme: "dark" });
  await expect.poll(ground).toBe("rgb(14, 17, 19)");
});

test("a page that is not there says so", async ({ page, mock }) => {
  await mock.open("practice", "/nowhere");
  await expect(page.getByRole("heading", { name: "There is no page at this address" })).toBeVisible();
});

test("the chart has a text that says the same", async ({ page, mock }) => {
  await mock.open("practice");
  await expect(page.locator("figcaption").first()).toHaveText(
    /^Now 6\d\d\.\d H\/s; over the last 15 minutes the mean was 6/,
  );
});

test("unknown is a dash with its reason", async ({ page, mock }) => {
  await mock.open("practice");
  await page.getByRole("banner").getByRole("button", { name: "unknown" }).hover();
  await expect(page.getByRole("tooltip")).toHaveText("No device here reports how much power it takes.");
});
