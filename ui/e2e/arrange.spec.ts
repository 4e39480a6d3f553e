import type { Page } from "@playwright/test";
import { expect, fitsWidth, noAxeViolations, shot, test } from "./mock";

/** What a person finds who never arranged anything. */
const usual = ["Needs you", "Hashrate", "Devices", "Practice", "What adit did by itself in 24 hours"];

/** The names of the cards in the order in which they stand and keys number them. */
const names = (page: Page) =>
  page
    .locator("main [data-jump]")
    .evaluateAll((all) =>
      all.map((e) => document.getElementById(e.getAttribute("aria-labelledby") ?? "")?.textContent ?? ""),
    );
const region = (page: Page, name: string) => page.getByRole("region", { name, exact: true });
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

test("cards are moved and hidden, stay so after a reload, and go back to the default", async ({ page, mock }) => {
  await mock.open("problem");
  await expect.poll(() => names(page)).toEqual(usual);

  await button(page, "Customise").click();
  await expect(page).toHaveURL(/arrange=true/);
  await expect(button(page, "Done")).toBeFocused();
  await expect(button(page, "Hide Needs you")).toHaveCount(0);
  await expect(button(page, "Move Needs you up")).toBeDisabled();
  const said = page.getByRole("status").filter({ hasText: /card|hidden/ });
  await button(page, "Move Devices up").click();
  await expect(said).toHaveText("Devices is now card 4 of 7.");
  await expect(button(page, "Move Devices up")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(said).toHaveText("Devices is now card 3 of 7.");
  await expect(button(page, "Move Devices up")).toBeFocused();
  await button(page, "Hide Practice").click();
  await expect(said).toHaveText("Practice is hidden.");
  await expect(button(page, "Show Practice")).toBeFocused();
  await button(page, "Done").click();
  await expect(page).not.toHaveURL(/arrange/);

  const mine = ["Needs you", "Devices", "Hashrate", usual[4]];
  await expect.poll(() => names(page)).toEqual(mine);
  await page.reload();
  await expect.poll(() => names(page)).toEqual(mine);
  await page.keyboard.press("2");
  await expect(region(page, "Devices")).toBeFocused();

  await page.keyboard.press("Control+k");
  await page.keyboard.type("customise");
  await page.keyboard.press("Enter");
  await button(page, "Reset to default").click();
  await button(page, "Done").click();
  await expect.poll(() => names(page)).toEqual(usual);
  await page.keyboard.press("2");
  await expect(region(page, "Hashrate")).toBeFocused();
});

test("a card at the end keeps the focus on a button that still works", async ({ page, mock }) => {
  await mock.open("problem", "/?arrange=true");
  await button(page, "Move Ways to start up").focus();
  await page.keyboard.press("Enter");
  await expect(button(page, "Move Ways to start up")).toBeDisabled();
  await expect(button(page, "Move Ways to start down")).toBeFocused();
});

test("number keys go to a card with a ring around it, but not from a field or under a window", async ({
  page,
  mock,
}) => {
  await mock.open("problem");
  await expect.poll(() => names(page)).toEqual(usual);
  await page.keyboard.press("1");
  await expect(region(page, "Needs you")).toBeFocused();
  await expect(region(page, "Needs you")).toHaveCSS("outline-style", "solid");
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog").getByText("1–7")).toBeVisible();
  await page.keyboard.press("2");
  await expect(page.locator("main [data-jump]:focus")).toHaveCount(0);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("2");
  await expect(page.getByRole("combobox", { name: "Find an action" })).toHaveValue("2");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: /^Notifications, / }).click();
  await expect(page.getByRole("dialog", { name: "Notifications" })).toBeVisible();
  await page.keyboard.press("2");
  await expect(page.locator("main [data-jump]:focus")).toHaveCount(0);
});

test("a damaged choice is the default", async ({ page, mock }) => {
  await mock.open("problem");
  await expect.poll(() => names(page)).toEqual(usual);
  for (const damaged of ["{", '{"order":7,"hidden":["needs","nowhere"]}']) {
    await page.evaluate((text) => localStorage.setItem("adit.overview.1", text), damaged);
    await page.reload();
    await expect.poll(() => names(page)).toEqual(usual);
  }
});

for (const theme of ["light", "dark"] as const) {
  test(`arranging on a narrow and a wide screen, ${theme}`, async ({ page, mock }) => {
    await page.emulateMedia({ colorScheme: theme });
    await mock.open("problem", "/?arrange=true");
    await button(page, "Hide Practice").click();
    for (const width of [1600, 360]) {
      await page.setViewportSize({ width, height: 780 });
      await fitsWidth(page);
      await shot(page, `overview-arrange-${width}-${theme}`);
    }
    await noAxeViolations(page);
  });
}
