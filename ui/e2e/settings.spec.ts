import { expect, test } from "./mock";

test("a token's secret is shown once, with an example, and the token is revoked", async ({ page, mock }) => {
  await mock.open("practice", "/settings/tokens");
  await page.getByLabel("What it is for").fill("Grafana");
  await page.getByRole("button", { name: "Make the token" }).click();
  const secret = page.getByRole("region", { name: "The secret of “Grafana”" });
  await expect(secret.getByText("adit_mock-secret-of-a-token", { exact: true })).toBeVisible();
  await expect(secret.locator("pre")).toContainText("scrape_configs");
  await secret.getByRole("button", { name: "I have copied it" }).click();
  await expect(page.getByText("adit_mock-secret-of-a-token")).toHaveCount(0);
  const row = page.getByRole("listitem").filter({ hasText: "Grafana" });
  await row.getByRole("button", { name: "Revoke" }).click();
  await row.getByRole("button", { name: "Revoke Grafana" }).click();
  await expect(row).toHaveCount(0);
});

test("a one-time link is made, and another browser's login is ended", async ({ page, mock }) => {
  await mock.open("practice", "/settings/signin");
  await page.getByRole("button", { name: "Make a one-time link" }).click();
  await expect(page.getByText("#token=one-time")).toBeVisible();
  const row = page.getByRole("listitem").filter({ hasText: "Firefox on Android" });
  await row.getByRole("button", { name: "End" }).click();
  await row.getByRole("button", { name: "End this login" }).click();
  await expect(row).toHaveCount(0);
  await expect(page.getByText("Chrome on Linux, this browser")).toBeVisible();
});

test("the policy is changed in one press, and a wrong number is refused at its field", async ({ page, mock }) => {
  await mock.open("practice", "/settings/policy");
  await page.getByLabel("Only while nobody uses it").check();
  await expect(page.getByText("No user was ever seen on this computer, so mining goes on")).toBeVisible();
  const after = page.getByLabel("Mine again after so many seconds without use");
  await after.fill("3");
  const idle = page.getByRole("region", { name: "While somebody uses the computer" });
  await idle.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("alert")).toHaveText("3 is not from 10 to 86400 seconds");
  await expect(after).toHaveAttribute("aria-invalid", "true");
  await after.fill("600");
  await idle.getByRole("button", { name: "Save" }).click();
  await expect(idle.getByText("Saved", { exact: true })).toBeVisible();
  await expect(after).toHaveValue("600");
});

test("figures carry their age; what is no number is refused before it is sent", async ({ page, mock }) => {
  await mock.open("practice", "/settings/power");
  await expect(page.getByText("Typed 9 d ago")).toBeVisible();
  const price = page.getByLabel("Price of one XMR, EUR");
  await price.fill("cheap");
  const coin = page.getByRole("region", { name: "Monero (XMR)" });
  await coin.getByRole("button", { name: "Save" }).click();
  await expect(coin.getByRole("alert")).toHaveText("Type a number, or leave it empty for not known.");
  await price.fill("149,5");
  await coin.getByRole("button", { name: "Save" }).click();
  await expect(price).toHaveValue("149.5");
  await expect(coin.getByText("Typed 9 d ago")).toHaveCount(0);
});

test("the feed says what it connects to before it is switched on", async ({ page, mock }) => {
  await mock.open("practice", "/settings/power");
  const feed = page.getByRole("region", { name: "Feed" });
  await feed.getByLabel(/^Let adit ask/).check();
  await feed.getByRole("button", { name: "Save" }).click();
  await expect(feed.getByRole("alert")).toContainText("name the feed's address before it is switched on");
  await feed.getByLabel("Address").fill("https://prices.example/xmr.json");
  await expect(feed.getByText(/adit connects to prices\.example/)).toBeVisible();
});

test("units and the theme are chosen, and values follow", async ({ page, mock }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await mock.open("practice", "/settings/general");
  await page.getByLabel("Temperatures").selectOption("imperial");
  await page.getByLabel("Currency").fill("chf");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByLabel("Currency")).toHaveValue("CHF");
  await page.getByLabel("Dark", { exact: true }).check();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await mock.go("/computer?device=practice");
  await expect(page.getByText(/^1\d\d °F$/).first()).toBeVisible();
});

test("what is not there says so: no token, no backup, nothing connected, no fee", async ({ page, mock }) => {
  await mock.open("empty", "/settings/tokens");
  await expect(page.getByText(/^There are none:/)).toBeVisible();
  await mock.go("/settings/backup");
  await expect(page.getByText("None was made", { exact: true })).toBeVisible();
  await mock.go("/settings/privacy");
  await expect(page.getByText(/connected to nothing outside this computer/)).toBeVisible();
  await mock.go("/settings/fees");
  await expect(page.getByText("No mining program has run yet.")).toBeVisible();
  await mock.go("/doctor");
  await expect(page.getByText("12 checks, all good")).toBeVisible();
  await mock.go("/computer?tab=timeline");
  await expect(page.getByText("Nothing has happened yet.")).toBeVisible();
  await mock.go("/settings/nowhere");
  await expect(page.getByRole("heading", { name: "There are no settings of that name" })).toBeVisible();
});
