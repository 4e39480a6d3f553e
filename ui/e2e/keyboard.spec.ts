import { expect, test } from "./mock";

test("g c and g o go to the pages", async ({ page, mock }) => {
  await mock.open("practice");
  await page.keyboard.press("g");
  await page.keyboard.press("c");
  await expect(page).toHaveURL(/\/computer$/);
  await page.keyboard.press("g");
  await page.keyboard.press("o");
  await expect(page).toHaveURL(/\/$/);
});

test("c alone does nothing, nor do keys in a field", async ({ page, mock }) => {
  await mock.open("practice", "/computer");
  await page.getByRole("searchbox").fill("");
  await page.keyboard.type("god?");
  await expect(page.getByRole("searchbox")).toHaveValue("god?");
  await expect(page).toHaveURL(/\/computer$/);
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

test("every control can be reached by Tab, first the way past the navigation", async ({ page, mock }) => {
  await mock.open("practice");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Go to the content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.locator("#main")).toBeFocused();
});
