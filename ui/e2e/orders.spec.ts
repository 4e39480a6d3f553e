import { expect, test } from "./mock";

test("practice from an empty house: nothing starts before the explicit yes", async ({ page, mock }) => {
  await mock.open("empty");
  await page.getByRole("button", { name: "Start practice" }).click();
  const start = page.getByRole("dialog").getByRole("button", { name: "Start practice" });
  await expect(start).toBeDisabled();
  await page.getByRole("checkbox").check();
  await page.getByLabel("Threads").fill("400");
  await start.click();
  await expect(page.getByRole("alert")).toHaveText("This computer has 12 threads.");
  await page.getByLabel("Threads").fill("none");
  await start.click();
  await expect(page.getByRole("alert")).toContainText("whole number");
  await page.getByLabel("Threads").fill("2");
  await start.click();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(page.getByRole("progressbar", { name: "Dataset of Practice miner" })).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("H/s");
  await expect(
    page.getByRole("article", { name: "Practice miner" }).getByText("Hashing", { exact: true }),
  ).toBeVisible();
});

test("consent that is waited for is given with one press, and withdrawn with two", async ({ page, mock }) => {
  await mock.open("waiting");
  await page.getByRole("button", { name: "I may use this computer: allow mining" }).click();
  await expect(page.getByRole("article", { name: "Practice miner" })).toBeVisible();
  await page.goto("/computer#consent");
  await expect(page.getByText(/Given today at \d\d:\d\d by owner in the browser/)).toBeVisible();
  await page.getByRole("button", { name: "Withdraw consent" }).click();
  await expect(page.getByText("All mining on this computer stops at once.")).toBeVisible();
  await page.getByRole("button", { name: "Withdraw consent now" }).click();
  await expect(page.getByText("Held", { exact: true })).toBeVisible();
});

test("pause for an hour, and resume", async ({ page, mock }) => {
  await mock.open("practice");
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("menuitem", { name: "Pause for 1 hour" }).click();
  const note = page.getByRole("status").filter({ hasText: "Mining is paused" });
  await expect(note).toContainText("it goes on in 59 min");
  await expect(page.getByRole("article").getByText("Paused", { exact: true })).toBeVisible();
  await note.getByRole("button", { name: "Resume now" }).click();
  await expect(note).toHaveCount(0);
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("menuitem", { name: "Pause until resumed" }).click();
  await expect(note).toContainText("until resumed");
});

test("an own pool: the server's words stand at the fields", async ({ page, mock }) => {
  await mock.open("practice");
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").fill("own pool");
  await expect(page.getByRole("option", { name: "Mine on your own pool" })).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Enter");
  // Cost is above revenue here, so the button says what it does once the estimate has come.
  const start = page.getByRole("dialog").getByRole("button", { name: "Start at a loss" });
  await start.click();
  await expect(page.getByRole("alert")).toHaveCount(2);
  await page.getByRole("textbox", { name: "Pool" }).fill("pool.example");
  await page.getByLabel("Monero address").fill("not one");
  await start.click();
  await expect(page.getByText("Not a pool address: write stratum+tcp://HOST:PORT")).toBeVisible();
  await expect(page.getByText(/Not a Monero address/)).toBeVisible();
  await expect(page.getByRole("textbox", { name: "Pool" })).toHaveAttribute("aria-invalid", "true");
  await page.getByRole("textbox", { name: "Pool" }).fill("stratum+tcp://pool.example:3333");
  await page.getByLabel("Monero address").fill(`4${"A".repeat(94)}`);
  await start.click();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(page.getByRole("article", { name: "Native miner" })).toBeVisible();
});

test("stop asks once and the program goes", async ({ page, mock }) => {
  await mock.open("practice", "/computer");
  const card = page.getByRole("region", { name: "Practice miner" });
  await card.getByRole("button", { name: "Stop", exact: true }).click();
  await card.getByRole("button", { name: "Stop Practice miner" }).click();
  await expect(page.getByRole("button", { name: "Start practice" })).toBeVisible();
});

test("the log follows, filters, and shows no control characters", async ({ page, mock }) => {
  await mock.open("practice", "/computer?tab=logs");
  const log = page.getByRole("log");
  await expect(log).toContainText("accepted (");
  expect(await log.textContent()).not.toContain("\u001b");
  await page.getByRole("searchbox").fill("started threads");
  await expect(log.locator("> div")).toHaveCount(1);
  await expect(page).toHaveURL(/q=started/);
  await page.getByRole("searchbox").fill("no such words");
  await expect(log).toContainText('No line holds "no such words".');
});

test("the chosen program and time range stand in the address", async ({ page, mock }) => {
  await mock.open("problem", "/computer");
  await page.getByRole("navigation", { name: "Mining programs" }).getByRole("link", { name: "Native miner" }).click();
  await expect(
    page.getByRole("region", { name: "Native miner" }).getByText("Quarantined", { exact: true }),
  ).toBeVisible();
  await page.getByRole("navigation", { name: "Parts of this page" }).getByRole("link", { name: "Charts" }).click();
  await page.getByRole("button", { name: "6 h" }).click();
  await expect(page).toHaveURL(/device=native/);
  await expect(page).toHaveURL(/range=360/);
  await page.reload();
  await expect(page.getByRole("link", { name: "Native miner" })).toHaveAttribute("aria-current", /./);
  await expect(page.getByRole("button", { name: "6 h" })).toHaveAttribute("aria-pressed", "true");
});

test("an order that cannot reach adit says so where it was given", async ({ page, mock }) => {
  await mock.open("practice", "/computer");
  await page.route("**/api/v1/practice", (r) => r.abort());
  const card = page.getByRole("region", { name: "Practice miner" });
  await card.getByRole("button", { name: "Stop", exact: true }).click();
  await card.getByRole("button", { name: "Stop Practice miner" }).click();
  await expect(card.getByRole("alert")).toContainText("adit does not answer");
});

test("what needs a person offers one thing to do", async ({ page, mock }) => {
  await mock.open("problem");
  const needs = page.getByRole("region", { name: "Needs you" });
  await expect(needs.getByRole("listitem")).toHaveCount(4);
  await expect(needs.getByText(/likely removed by an antivirus/)).toBeVisible();
  await expect(needs.getByText("sudo sysctl -w vm.nr_hugepages=1280")).toBeVisible();
  await needs.getByRole("link", { name: "See why" }).click();
  await expect(page).toHaveURL(/\/computer\?device=native/);
});

test("a quarantined program is let try again, and a running one is restarted", async ({ page, mock }) => {
  await mock.open("problem", "/computer?device=native");
  const native = page.getByRole("region", { name: "Native miner" });
  await native.getByRole("button", { name: "Let it try again" }).click();
  await expect(native.getByText("Quarantined", { exact: true })).toHaveCount(0);
  await native.getByRole("button", { name: "Restart" }).click();
  const restarts = native.locator("dl > div").filter({ hasText: /^Restarts/ });
  await expect(restarts).toHaveText("Restarts1");
});
