import { expect, type Page, test } from "@playwright/test";

// The whole house: ADIT_E2E_URL is the one-time link that a real "adit up --practice" printed.
const link = process.env.ADIT_E2E_URL;
const minute = 60_000;

const shot = (page: Page, name: string) =>
  page.screenshot({ path: `test-results/shots/real-${name}.png`, fullPage: true });

/** Reads a whole number out of the value beside a label, 0 when it is a dash. */
async function fact(page: Page, label: string): Promise<number> {
  const item = page.locator("dl > div").filter({ has: page.locator("dt", { hasText: new RegExp(`^${label}$`) }) });
  const words = (await item.first().locator("dd").textContent()) ?? "";
  return Number(words.replace(/,/g, "").match(/^\d+/)?.[0] ?? 0);
}

test.describe.configure({ mode: "serial", timeout: 4 * minute });
test.skip(!link, "ADIT_E2E_URL is not set: give the one-time link of a running adit");

test("one link, real hashes, accepted shares, pause and resume", async ({ page }) => {
  const faults: string[] = [];
  page.on("pageerror", (e) => faults.push(String(e)));
  page.on("console", (m) => {
    if (/Content Security Policy/.test(m.text())) faults.push(m.text());
  });
  await page.setViewportSize({ width: 1600, height: 1000 });
  await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });

  await page.goto(link ?? "");
  await expect(page.getByText("Live", { exact: true })).toBeVisible({ timeout: 15_000 });
  expect(page.url()).not.toContain("token");

  const ask = page.getByRole("button", { name: "I may use this computer: allow mining" });
  const tile = page.getByRole("button", { name: "Start practice" });
  const device = page.getByRole("article").first();
  await expect(ask.or(tile).or(device).first()).toBeVisible();
  if (await ask.isVisible()) await ask.click();
  else if (await tile.isVisible()) {
    await tile.click();
    const yes = page.getByRole("checkbox");
    if (await yes.isVisible()) await yes.check();
    await page.getByRole("dialog").getByRole("button", { name: "Start practice" }).click();
  }

  await test.step("H/s and accepted shares within 60 s", async () => {
    await expect(device).toBeVisible({ timeout: minute });
    await expect(device).toContainText(/[\d.]+\s*k?H\/s/, { timeout: minute });
    await expect.poll(() => fact(page, "Accepted"), { timeout: minute }).toBeGreaterThan(0);
    await expect(page.locator("figcaption")).toContainText(/^Now /, { timeout: minute });
    await expect(page.locator(".uplot canvas").first()).toBeVisible();
    await shot(page, "overview-dark");
  });

  await test.step("this computer shows the same, and what the engine wrote", async () => {
    await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "This computer" }).click();
    await expect.poll(() => fact(page, "Accepted"), { timeout: minute }).toBeGreaterThan(0);
    await shot(page, "computer-dark");
    const parts = page.getByRole("navigation", { name: "Parts of this page" });
    await parts.getByRole("link", { name: "Charts" }).click();
    await expect(page.locator(".uplot canvas").first()).toBeVisible({ timeout: minute });
    await parts.getByRole("link", { name: "Timeline" }).click();
    await expect(page.getByRole("heading", { name: "Today" })).toBeVisible({ timeout: minute });
    await parts.getByRole("link", { name: "Logs" }).click();
    await expect(page.getByRole("log").locator("div").first()).toBeVisible({ timeout: minute });
    await parts.getByRole("link", { name: "Now" }).click();
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    await page.setViewportSize({ width: 360, height: 780 });
    await shot(page, "computer-360-light");
    await page.setViewportSize({ width: 1600, height: 1000 });
  });

  await test.step("pause holds, and resume hashes again", async () => {
    await page.getByRole("link", { name: "Overview" }).click();
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByRole("menuitem", { name: "Pause until resumed" }).click();
    const note = page.getByRole("status").filter({ hasText: "Mining is paused" });
    await expect(note).toBeVisible();
    await expect(device.getByText(/^paused$/i)).toBeVisible({ timeout: minute });
    await shot(page, "paused-light");
    const before = await fact(page, "Accepted");
    await note.getByRole("button", { name: "Resume now" }).click();
    await expect(note).toHaveCount(0);
    await expect(device).toContainText(/[1-9][\d.]*\s*k?H\/s/, { timeout: minute });
    await expect.poll(() => fact(page, "Accepted"), { timeout: 2 * minute }).toBeGreaterThan(before);
    await shot(page, "overview-light");
  });
  expect(faults).toEqual([]);
});
