// Prints how many milliseconds a fresh browser needs from a link to a page that shows live data and takes clicks:
// node e2e/interactive.mjs ONE-TIME-LINK
import { chromium } from "@playwright/test";

const link = process.argv[2];
if (!link) throw new Error("usage: node e2e/interactive.mjs ONE-TIME-LINK");

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
try {
  const page = await browser.newPage();
  const start = performance.now();
  await page.goto(link, { waitUntil: "commit" });
  await page.getByText("Live", { exact: true }).waitFor();
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Overview" }).click({ trial: true });
  console.log(Math.round(performance.now() - start));
} finally {
  await browser.close();
}
