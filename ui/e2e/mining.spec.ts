import { readFile } from "node:fs/promises";
import { expect, test } from "./mock";

const wallet = `4${"A".repeat(94)}`;

test("a profile is made, its loss is seen before the start, and it is stopped and deleted", async ({ page, mock }) => {
  await mock.open("problem", "/profiles?view=new");
  await page.getByRole("button", { name: "Save profile" }).click();
  await expect(page.getByText("Give the profile a name.")).toBeVisible();
  await expect(page.getByText("Type the address that the pool shall pay to. adit fills in none.")).toBeVisible();

  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Evening");
  await page.getByRole("button", { name: "Use Alpha" }).click();
  await expect(page.getByRole("textbox", { name: "Pool", exact: true })).toHaveValue("stratum+ssl://pool.example:443");
  await page.getByLabel("Address to pay to").fill("not one");
  await expect(page.getByText(/it is no Monero address/).first()).toBeVisible();
  await page.getByLabel("Address to pay to").fill(wallet);
  await expect(page.getByText("Checksum and network are right")).toBeVisible();
  await expect(page.getByText("Would be accepted")).toBeVisible();
  await expect(page.getByText("−0.63 EUR a day")).toBeVisible();
  await page.getByRole("button", { name: "Save and start" }).click();

  const window = page.getByRole("dialog", { name: "Start Evening" });
  await expect(window.getByText("Loss", { exact: true })).toBeVisible();
  await expect(window.getByText(/^measured on this computer/)).toBeVisible();
  await window.getByRole("button", { name: "Start at a loss" }).click();
  await expect(window).toHaveCount(0);
  const row = page.getByRole("listitem").filter({ has: page.getByRole("heading", { name: "Evening" }) });
  await row.getByRole("button", { name: "Stop Evening?" }).click();
  await row.getByRole("button", { name: "Stop Evening", exact: true }).click();
  await expect(row.getByText("Does not run")).toBeVisible();

  await row.getByRole("button", { name: "More for Evening" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete Evening" }).click();
  await expect(row).toHaveCount(0);
});

test("a refused key is told at its field; a saved change is a version that can be taken back", async ({
  page,
  mock,
}) => {
  await mock.open("practice", "/profiles?view=edit&id=p1");
  await page.getByRole("searchbox", { name: "Find a key" }).fill("cpuPriority");
  await page.getByRole("textbox", { name: "cpuPriority" }).fill("9");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByRole("textbox", { name: "cpuPriority" })).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByText("it must be from 0 to 5").first()).toBeVisible();
  await page.getByRole("textbox", { name: "cpuPriority" }).fill("2");
  await page.getByRole("button", { name: "Save", exact: true }).click();

  const row = page.getByRole("listitem").filter({ has: page.getByRole("heading", { name: /^Desk/ }) });
  await row.getByRole("link", { name: "4", exact: true }).click();
  await expect(page.getByText("cpuPriority: was 1 → is now 2")).toBeVisible();
  await page.getByRole("button", { name: "Go back to this: version 3" }).click();
  await page.getByRole("button", { name: "Go back to version 3", exact: true }).click();
  await expect(page.getByText("Reverted to version 3")).toBeVisible();

  await page.getByRole("link", { name: "All profiles" }).click();
  await row.getByRole("switch").click();
  await expect(row.getByRole("switch")).not.toBeChecked();
  const file = page.waitForEvent("download");
  await row.getByRole("button", { name: /^More for Desk/ }).click();
  await page.getByRole("menuitem", { name: "Export as JSON" }).click();
  const saved = JSON.parse(await readFile(await (await file).path(), "utf8"));
  expect(saved.profiles[0].name).toBe("Desk, when nobody sits at it");
});

test("an import is seen before it is made", async ({ page, mock }) => {
  await mock.open("practice", "/profiles?view=import");
  await page.getByLabel("Choose a file").setInputFiles({
    name: "mining_profiles.json",
    mimeType: "application/json",
    buffer: Buffer.from('{"profiles": []}'),
  });
  await expect(page.getByText("there is a profile of that name")).toBeVisible();
  await page.getByRole("checkbox", { name: "Replace profiles of the same name" }).check();
  await page.getByRole("button", { name: "Import 2 profiles" }).click();
  await page.getByRole("link", { name: "To the profiles" }).click();
  await expect(page.getByRole("heading", { name: "Imported rig" })).toBeVisible();
});

test("a program is updated, pinned, removed, and installed from an archive", async ({ page, mock }) => {
  await mock.open("practice", "/install");
  const card = page.getByRole("region", { name: "XMRig" });
  await expect(card.getByText("Fee 1 %")).toBeVisible();
  await card.getByRole("button", { name: "Update to 6.26.0: XMRig" }).click();
  await expect(card.getByRole("progressbar", { name: "Installing XMRig 6.26.0" })).toBeVisible();
  await expect(card.getByText("Installed 6.26.0", { exact: true })).toBeVisible({ timeout: 20_000 });
  await card.getByRole("button", { name: "Pin XMRig 6.26.0" }).click();
  await expect(card.getByRole("button", { name: "Unpin XMRig 6.26.0" })).toBeVisible();
  await card.getByRole("button", { name: "Uninstall XMRig 6.24.0" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Uninstall XMRig 6.24.0" }).click();
  await expect(card.getByRole("button", { name: "Uninstall XMRig 6.24.0" })).toHaveCount(0);

  const own = page.getByRole("region", { name: "From an archive of yours" });
  await own.getByLabel("Choose an archive").setInputFiles({
    name: "truncated.tar.gz",
    mimeType: "application/gzip",
    buffer: Buffer.from("not an archive"),
  });
  await expect(own.getByText("The catalogue does not know it")).toBeVisible();
  await own.getByRole("combobox", { name: "Program" }).selectOption("xmrig");
  await own.getByLabel("SHA-256 from the publisher").fill("0".repeat(64));
  await own.getByRole("button", { name: "Install xmrig" }).click();
  await expect(own.getByRole("alert")).toContainText("This is not the SHA-256 of the archive that came");
  await own.getByLabel("SHA-256 from the publisher").fill("");
  await own.getByRole("button", { name: "Install xmrig" }).click();
  await expect(own.getByRole("alert")).toContainText("give its SHA-256 from the publisher");
});

test("statistics: the range stands in the address, holes stay holes, and the numbers can be taken along", async ({
  page,
  mock,
}) => {
  await mock.open("problem", "/statistics");
  await page.getByRole("button", { name: "7 d", exact: true }).click();
  await expect(page).toHaveURL(/span=7d/);
  await page.getByRole("combobox", { name: "Program" }).selectOption({ label: "Practice miner" });
  await expect(page).toHaveURL(/miner=r1%2Fpractice/);
  await page.reload();
  await expect(page.getByRole("button", { name: "7 d", exact: true })).toHaveAttribute("aria-pressed", "true");

  const card = page.getByRole("region", { name: "Hashrate" });
  await card.getByText("Hashrate as a table").click();
  await expect(card.getByRole("cell", { name: "–" }).first()).toBeAttached();
  await expect(card.locator("figcaption")).toHaveText(/^Practice miner: now [56]\d\d\.\d H\/s, mean over the last 7 days 6/);
  await expect(page.getByText("Stopped by the owner")).toBeVisible();

  const file = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export CSV" }).click();
  const lines = (await readFile(await (await file).path(), "utf8")).split("\n");
  expect(lines[0]).toContain("Practice miner hashrate H/s");
  expect(lines.some((l) => /Z,,/.test(l))).toBe(true);

  await page.getByRole("button", { name: "Custom" }).click();
  await page.getByLabel("From").fill("2026-11-20T10:00");
  await page.getByLabel("To", { exact: true }).fill("2026-11-20T09:00");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(page.getByRole("alert")).toHaveText("The beginning must come before the end.");
  await page.getByLabel("To", { exact: true }).fill("2026-11-20T12:00");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(page).toHaveURL(/from=/);
  await expect(page.getByRole("heading", { name: "Over the chosen time" })).toBeVisible();
});
