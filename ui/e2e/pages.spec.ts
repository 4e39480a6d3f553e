import { expect, fitsWidth, noAxeViolations, type Scenario, test } from "./mock";

const views: [string, Scenario, string][] = [
  ["overview-empty", "empty", "/"],
  ["overview-waiting", "waiting", "/"],
  ["overview-practice", "practice", "/"],
  ["overview-starting", "starting", "/"],
  ["overview-problem", "problem", "/"],
  ["computer-empty", "empty", "/computer"],
  ["computer-practice", "practice", "/computer"],
  ["computer-problem", "problem", "/computer?device=native"],
];

for (const theme of ["light", "dark"] as const) {
  for (const width of [360, 820, 1600]) {
    test.describe(`${theme}, ${width} px`, () => {
      test.use({ colorScheme: theme, viewport: { width, height: width === 360 ? 780 : 1000 } });
      for (const [name, scenario, path] of views) {
        if (width === 820 && scenario !== "practice") continue;
        test(name, async ({ page, mock }) => {
          await mock.open(scenario, path);
          await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
          if (scenario === "practice") await expect(page.locator(".uplot canvas").first()).toBeVisible();
          await fitsWidth(page);
          await noAxeViolations(page);
          await page.screenshot({ path: `test-results/shots/${name}-${width}-${theme}.png`, fullPage: true });
        });
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
      await page.screenshot({ path: `test-results/shots/signin-360-${theme}.png` });
    });
    for (const [name, button] of [
      ["practice", "Start practice"],
      ["mine", "Give pool and address"],
    ] as const) {
      test(`window ${name}`, async ({ page, mock }) => {
        await mock.open("empty");
        await page.getByRole("button", { name: button }).click();
        await expect(page.getByRole("dialog")).toBeVisible();
        await noAxeViolations(page);
        await page.screenshot({ path: `test-results/shots/window-${name}-360-${theme}.png` });
      });
    }
    for (const key of ["Control+k", "?"]) {
      test(`window of ${key}`, async ({ page, mock }) => {
        await mock.open("practice");
        await page.keyboard.press(key);
        await expect(page.getByRole("dialog")).toBeVisible();
        await noAxeViolations(page);
        const name = key === "?" ? "help" : "palette";
        await page.screenshot({ path: `test-results/shots/window-${name}-360-${theme}.png` });
      });
    }
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
  await expect(page.locator("figcaption")).toHaveText(/^Now 6\d\d\.\d H\/s; over the last 15 minutes the mean was 6/);
});

test("unknown is a dash with its reason", async ({ page, mock }) => {
  await mock.open("practice");
  await page.getByRole("banner").getByRole("button", { name: "unknown" }).hover();
  await expect(page.getByRole("tooltip")).toHaveText("No device here reports how much power it takes.");
});
