import { expect, looksRight, test } from "./mock";

const sections = [
  "general",
  "power",
  "policy",
  "notifications",
  "signin",
  "tokens",
  "backup",
  "security",
  "privacy",
  "fees",
  "danger",
];

for (const theme of ["light", "dark"] as const) {
  test(`settings, ${theme}`, async ({ page, mock }) => {
    await page.emulateMedia({ colorScheme: theme });
    await mock.open("problem", "/settings");
    for (const section of sections) {
      await mock.go(`/settings/${section}`);
      await expect(page.getByText("Reading", { exact: true })).toHaveCount(0);
      await looksRight(page, `settings-${section}`, theme);
    }
  });

  test(`computer's parts and doctor, ${theme}`, async ({ page, mock }) => {
    await page.emulateMedia({ colorScheme: theme });
    await mock.open("problem", "/computer?device=practice&tab=charts");
    await expect(page.locator(".uplot canvas").nth(1)).toBeVisible();
    await looksRight(page, "computer-charts", theme);
    for (const tab of ["timeline", "config", "logs"]) {
      await mock.go(`/computer?device=practice&tab=${tab}`);
      if (tab === "logs") await expect(page.getByRole("log").locator("> div").first()).toBeVisible();
      await looksRight(page, `computer-${tab}`, theme);
    }
    await mock.go("/doctor");
    await expect(page.getByText("2 of 12 checks need you")).toBeVisible();
    await looksRight(page, "doctor", theme);
    await page.getByRole("button", { name: /^Notifications, \d unread$/ }).click();
    await expect(page.getByRole("heading", { name: "Notifications" })).toBeVisible();
    await looksRight(page, "bell", theme, [360]);
  });
}
