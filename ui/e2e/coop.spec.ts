import { expect, looksRight, noAxeViolations, shot, test } from "./mock";

const parts = ["", "?part=work", "?part=payout", "?part=ledger"];

for (const theme of ["light", "dark"] as const) {
  test(`the crew, ${theme}`, async ({ page, mock }) => {
    await page.emulateMedia({ colorScheme: theme });
    await mock.open("coop", "/coop");
    for (const part of parts) {
      await mock.go(`/coop${part}`);
      await expect(page.getByText("Reading", { exact: true })).toHaveCount(0);
      await expect(page.getByRole("heading", { name: "Home crew" })).toBeVisible();
      await looksRight(page, `coop-${part.replace("?part=", "") || "members"}`, theme, [1600, 820, 360]);
    }
    await mock.go("/coop");
    await page.getByRole("link", { name: "home/attic" }).click();
    await expect(page.getByRole("dialog", { name: "home/attic" }).getByText("1 connection")).toBeVisible();
    await looksRight(page, "coop-member", theme, [1600, 360]);
  });

  test(`a crew in trouble and none at all, ${theme}`, async ({ page, mock }) => {
    await page.emulateMedia({ colorScheme: theme });
    await mock.open("coop-pool", "/coop");
    await expect(page.getByRole("alert").getByText("no space left on device")).toBeVisible();
    await expect(page.getByText("No share is hashed here")).toBeVisible();
    await looksRight(page, "coop-trouble", theme, [1600, 360]);
    await mock.open("practice", "/coop");
    await expect(page.getByRole("heading", { name: "Join a crew" })).toBeVisible();
    await looksRight(page, "coop-empty", theme, [1600, 360]);
  });
}

test("members are found and sorted, and the address keeps it", async ({ page, mock }) => {
  await mock.open("coop-big", "/coop");
  const rows = page.getByRole("region", { name: "Members, table" }).getByRole("row");
  await expect(rows).toHaveCount(101);
  await page.getByRole("button", { name: "Show more" }).click();
  await expect(rows).toHaveCount(201);
  await page.getByLabel("Find").fill("rig-44");
  await expect(rows).toHaveCount(12); // 44, 440 to 449, and the head
  await page.getByLabel("Sorted by").selectOption("-owed");
  await expect(rows.nth(1)).toContainText("rig-449");
  await expect(page).toHaveURL(/sort=-owed/);
  await page.getByLabel("Find").fill("");
  await page.getByLabel("Show", { exact: true }).selectOption("suspended");
  await expect(rows).toHaveCount(2);
  await expect(rows.nth(1)).toContainText("claims hashes it does not make");
});

test("a member is suspended with a reason and let in again", async ({ page, mock }) => {
  await mock.open("coop", "/coop");
  await page.getByRole("link", { name: "rig-7" }).click();
  const window = page.getByRole("dialog", { name: "rig-7" });
  await window.getByRole("button", { name: "Suspend" }).click();
  const sure = window.getByRole("button", { name: "Suspend it" });
  await expect(sure).toBeDisabled();
  await window.getByLabel("Why is it suspended?").fill("sends the shares of others");
  await sure.click();
  await expect(window.getByText(": sends the shares of others")).toBeVisible();
  await window.getByRole("button", { name: "Let it in again" }).click();
  await window.getByRole("button", { name: "Let it in", exact: true }).click();
  await expect(window.getByText("Offline")).toBeVisible();
  await window.getByLabel("Difficulty").fill("0.5");
  await expect(window.getByText("A number of hashes from 1.")).toBeVisible();
  await window.getByLabel("Difficulty").fill("50000");
  await window.getByRole("button", { name: "Set" }).click();
  await expect(window.getByText("fixed")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(window).toHaveCount(0);
  await expect(page).not.toHaveURL(/member=/);
});

test("where a member is paid to is checked and kept", async ({ page, mock }) => {
  await mock.open("coop", "/coop?member=rig-7");
  const window = page.getByRole("dialog", { name: "rig-7" });
  const save = window.getByRole("button", { name: "Save where it is paid to" });
  await expect(save).toBeDisabled();
  await window.getByLabel("Paid to").fill("nonsense");
  await save.click();
  await expect(window.getByRole("alert")).toContainText("no payout address");
  await window.getByLabel("Paid to").fill("an-address");
  await window.getByLabel("From an amount of").fill("0.5");
  await save.click();
  await expect(save).toBeDisabled();
  await expect(window.getByLabel("Paid to")).toHaveValue("an-address");
  await expect(window.getByLabel("From an amount of")).toHaveValue("0.5");
});

test("an invitation is made, its code shown once, and revoked", async ({ page, mock }) => {
  await mock.open("coop", "/coop");
  await page.getByRole("button", { name: "Invite" }).click();
  const window = page.getByRole("dialog", { name: "Invite to the crew" });
  await expect(window.getByText("stratum+tcp://192.0.2.10:3333")).toBeVisible();
  await window.getByLabel("Name of the member").fill("loft");
  await window.getByRole("button", { name: "Make a code" }).click();
  await expect(window.getByText("adit coop join ADIT1-7F3KQ9TD")).toBeVisible();
  await page.setViewportSize({ width: 360, height: 780 });
  await noAxeViolations(page);
  await shot(page, "coop-invite-360", false);
  await window.getByRole("button", { name: "Revoke" }).click();
  await expect(window.getByText("Open invitations")).toHaveCount(0);
});

test("the rule is worked out, a round too, and what is payable is set aside and marked", async ({ page, mock }) => {
  await mock.open("coop", "/coop?part=payout");
  await expect(
    page.getByRole("img", { name: /^The payout window: rig-7 28.6 %.* 82 % of it is filled\.$/ }),
  ).toBeVisible();
  await expect(page.getByText("A block found now pays 0.600000000001 XMR.")).toBeVisible();
  await page.getByRole("button", { name: "Work it out" }).click();
  await expect(page.getByText("all amounts together = 594000000001 = P")).toBeVisible();
  await noAxeViolations(page);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Set aside what is payable" }).click();
  await page.getByRole("button", { name: "It is paid" }).click();
  const window = page.getByRole("dialog", { name: "It is paid" });
  await window.getByLabel("Transaction").fill("3f9a");
  await window.getByRole("button", { name: "Book it as paid" }).click();
  await expect(page.getByText("3f9a")).toBeVisible();
});

test("what a pool paid is entered exactly", async ({ page, mock }) => {
  await mock.open("coop-pool", "/coop?part=payout");
  await page.getByRole("button", { name: "Enter a credit" }).first().click();
  const window = page.getByRole("dialog", { name: "Enter a credit" });
  const amount = window.getByLabel("Amount in XMR");
  await amount.fill("0.1234567890123");
  await expect(window.getByRole("alert")).toContainText("at most 12 digits");
  await expect(window.getByRole("button", { name: "Credit it" })).toBeDisabled();
  await amount.fill("0.250000000001");
  await expect(window.getByText("Exactly 0.250000000001 XMR.")).toBeVisible();
  await noAxeViolations(page);
  await window.getByRole("button", { name: "Credit it" }).click();
  await expect(page.getByText("0.250000000001 XMR to 2 members")).toBeVisible();
});

test("the ledger is verified and downloaded", async ({ page, mock }) => {
  await mock.open("coop", "/coop?part=ledger");
  await page.getByRole("button", { name: "Verify", exact: true }).click();
  await expect(page.getByText("All of it agrees")).toBeVisible();
  await expect(page.getByRole("link", { name: "Download JSON" })).toHaveAttribute(
    "href",
    "/api/v1/coop/ledger?format=json",
  );
});

test("a crew on practice takes one click, and can be switched off", async ({ page, mock }) => {
  await mock.open("practice", "/coop");
  await page.getByRole("button", { name: "Start a practice crew" }).click();
  await expect(page.getByRole("heading", { name: "Home crew" })).toBeVisible();
  await page.getByRole("button", { name: "Switch it off" }).click();
  await page.getByRole("button", { name: "Switch off", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Lead a crew" })).toBeVisible();
});

test("a crew on a pool: what is wrong is said at its field", async ({ page, mock }) => {
  await mock.open("practice", "/coop");
  await page.getByRole("button", { name: "Give pool or node" }).click();
  const window = page.getByRole("dialog", { name: "Lead a crew" });
  await window.getByLabel("Pool or node").fill("pool.example");
  await page.setViewportSize({ width: 360, height: 780 });
  await noAxeViolations(page);
  await shot(page, "coop-settings-360", false);
  await window.getByRole("button", { name: "Lead the crew" }).click();
  await expect(window.getByRole("alert").first()).toContainText("Not an upstream");
  await window.getByLabel("Pool or node").fill("stratum+ssl://pool.example:443");
  await window.getByRole("button", { name: "Lead the crew" }).click();
  await expect(window).toHaveCount(0);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Home crew");
});

for (const theme of ["light", "dark"] as const) {
  test(`a coordinator without a hub opens on the crew and offers nothing else, ${theme}`, async ({ page, mock }) => {
    await page.emulateMedia({ colorScheme: theme });
    await mock.open("coop-lone", "/");
    await expect(page).toHaveURL(/\/coop$/);
    await expect(page.getByRole("heading", { name: "Home crew" })).toBeVisible();
    await expect(page.getByRole("navigation", { name: "Pages" }).getByRole("link")).toHaveCount(1);
    await expect(page.getByRole("button", { name: /Pause/ })).toHaveCount(0);
    await expect(page.getByText("Switch it off")).toHaveCount(0);
    await looksRight(page, "coop-lone", theme, [1600, 360]);
  });
}
