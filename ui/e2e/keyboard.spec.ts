import { expect, test } from "./mock";

test("g and a letter go to every page", async ({ page, mock }) => {
  await mock.open("practice");
  for (const [key, path] of [
    ["c", "/computer"],
    ["p", "/profiles"],
    ["i", "/install"],
    ["s", "/statistics"],
    ["d", "/doctor"],
    ["x", "/settings"],
    ["o", "/"],
  ] as const) {
    await page.keyboard.press("g");
    await page.keyboard.press(key);
    await expect(page).toHaveURL((url) => url.pathname === path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  }
});

test("t changes the time range and / goes to the search field", async ({ page, mock }) => {
  await mock.open("practice", "/computer?tab=charts");
  await expect(page.getByRole("button", { name: "1 h" })).toHaveAttribute("aria-pressed", "true");
  await page.keyboard.press("t");
  await expect(page).toHaveURL(/range=360/);
  await mock.go("/computer?tab=logs");
  await page.keyboard.press("/");
  await expect(page.getByRole("searchbox")).toBeFocused();
});

test("c alone does nothing, nor do keys in a field", async ({ page, mock }) => {
  await mock.open("practice", "/computer?tab=timeline");
  await page.getByRole("searchbox").fill("");
  await page.keyboard.type("god?");
  await expect(page.getByRole("searchbox")).toHaveValue("god?");
  await expect(page).toHaveURL(/\/computer\?/);
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("d changes the theme", async ({ page, mock }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await mock.open("practice");
  await page.keyboard.press("d");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});

test("? shows the keys and Esc closes them", async ({ page, mock }) => {
  await mock.open("practice");
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("the palette finds an action by words and runs it with Enter", async ({ page, mock }) => {
  await mock.open("practice");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("pause until");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(page.getByRole("status").filter({ hasText: "Mining is paused" })).toBeVisible();
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("option", { name: "Resume mining" })).toBeVisible();
  await expect(page.getByRole("option", { name: "Pause mining for 1 hour" })).toHaveCount(0);
});

test("the palette finds programs and settings, asks before it stops one, and shows what was used last", async ({
  page,
  mock,
}) => {
  await mock.open("problem");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("stop native");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Stop Native miner? Press Enter again.")).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(page.getByRole("article", { name: "Native miner" })).toHaveCount(0);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("prometheus");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/settings\/tokens$/);
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("option").first()).toContainText("Settings: Tokens");
});

test("every control can be reached by Tab, first the way past the navigation", async ({ page, mock }) => {
  await mock.open("practice");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Go to the content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.locator("#main")).toBeFocused();
});
