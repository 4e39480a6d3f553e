import { expect, looksRight, test } from "./mock";

for (const theme of ["light", "dark"] as const) {
  test(`a program from a profile bears the profile's name, with program and fee beside it, ${theme}`, async ({
    page,
    mock,
  }) => {
    await page.emulateMedia({ colorScheme: theme });
    await mock.open("profile");
    const card = page.getByRole("article", { name: "desk", exact: true });
    await expect(card.getByText("XMRig 6.26.0", { exact: true })).toBeVisible();
    await expect(card.getByRole("button", { name: "Fee 1 %" })).toBeVisible();
    await expect(card.getByText("Its author's round now")).toBeVisible();
    await looksRight(page, "overview-profile", theme);

    await mock.control("fee", { active: false });
    await expect(card.getByText("Its author's round now")).toHaveCount(0);
    await expect(card.getByRole("button", { name: "Fee 1 %" })).toBeVisible();

    await mock.go("/computer");
    const now = page.getByRole("region", { name: "desk", exact: true });
    await expect(now.getByText("XMRig 6.26.0", { exact: true })).toBeVisible();
    await looksRight(page, "computer-profile", theme);

    await mock.go("/statistics?span=24h");
    await expect(page.locator("figcaption").first()).toHaveText(/^desk: now /);
  });
}

test.describe("a chosen time zone", () => {
  test.use({ timezoneId: "UTC" });
  test("is that of charts' tables and of the fields of a time", async ({ page, mock }) => {
    await mock.open("practice", "/settings/general");
    await page.getByLabel("Time zone").fill("Asia/Kathmandu");
    const saved = page.waitForResponse((r) => r.request().method() === "PUT" && r.url().endsWith("/settings"));
    await page.getByRole("button", { name: "Save" }).click();
    expect((await saved).ok()).toBe(true);
    await mock.go("/statistics?from=2026-01-20T08:00Z&to=2026-01-20T10:00Z");
    await expect(page.getByLabel("From")).toHaveValue("2026-01-20T13:45");
    await page.getByText("Hashrate as a table").click();
    await expect(page.getByRole("region", { name: "Hashrate, table" }).getByRole("rowheader").last()).toHaveText(
      "20 Jan, 13:45",
    );
  });
});
