import { expect, test } from "./mock";

test("the bell counts what is unread, and marks it read", async ({ page, mock }) => {
  await mock.open("problem");
  await page.getByRole("button", { name: "Notifications, 3 unread" }).click();
  await expect(
    page.getByText("native ended 5 times in 10 minutes and is not started again by itself").first(),
  ).toBeVisible();
  await page.getByRole("button", { name: "Mark all read" }).click();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "Notifications, none unread" })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("button", { name: "Notifications, none unread" })).toBeVisible();
});

test("something critical is told at once, and leads to what it is about", async ({ page, mock }) => {
  await mock.open("practice", "/doctor");
  await expect(page.getByRole("button", { name: /^Notifications, \d unread$/ })).toBeVisible();
  const text = "practice is in quarantine and is not started again";
  await mock.control("note", { kind: "miner.quarantined", severity: "crit", text, subject: "r1/practice" });
  // A page that is looked at again asks at once, and does not wait for the next round of 15 s.
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
  const told = page.locator('[aria-live="polite"]').filter({ hasText: text });
  await expect(told).toBeVisible();
  await told.getByRole("button", { name: "Look" }).click();
  await expect(page).toHaveURL(/\/computer\?device=practice&tab=timeline$/);
  await expect(page.getByRole("main").getByText(text).first()).toBeVisible();
});

test("the timeline is filtered by words and by what it is about", async ({ page, mock }) => {
  await mock.open("problem", "/computer?device=practice&tab=timeline");
  const entries = page
    .getByRole("main")
    .getByRole("listitem")
    .filter({ has: page.getByRole("time") });
  await expect(entries.filter({ hasText: "somebody uses the computer" })).toBeVisible();
  await page.getByLabel("Show only entries about").selectOption("Pools");
  await expect(entries).toHaveCount(1);
  await page.getByLabel("Show only entries about").selectOption("About everything");
  await page.getByRole("searchbox").fill("installed digest");
  await expect(entries).toHaveCount(1);
  await expect(page).toHaveURL(/q=installed/);
  await page.reload();
  await expect(entries).toHaveCount(1);
});
