import { expect, fitsWidth, test } from "./mock";

test("values move while the page is open", async ({ page, mock }) => {
  await mock.open("practice");
  const sentence = page.getByRole("heading", { level: 1 });
  const first = await sentence.textContent();
  await expect(sentence).not.toHaveText(first ?? "");
});

test("a dropped stream is said and mended", async ({ page, mock }) => {
  await page.setViewportSize({ width: 360, height: 780 });
  await mock.open("practice");
  await mock.control("drop");
  await expect(page.getByText(/^Reconnecting \d+ s$/)).toBeVisible();
  await fitsWidth(page);
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
});

test("a gap in the stream opens it again", async ({ page, mock }) => {
  await mock.open("practice");
  const again = page.waitForEvent("websocket");
  await mock.control("gap");
  await again;
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
});

test("a device that falls silent dims, then becomes a dash that keeps its last value", async ({ page, mock }) => {
  await page.clock.install();
  await mock.open("practice", "/computer");
  await mock.control("mute", { on: true });
  const card = page.getByRole("region", { name: "Practice miner" });
  await page.clock.fastForward(8_000);
  await expect(card.getByRole("button", { name: /^\d+ s ago$/ })).toBeVisible();
  const dash = card.locator("p").first().getByRole("button", { name: "unknown" });
  // Short of the 30 s of silence after which the stream itself is taken for dead.
  await page.clock.fastForward(13_000);
  await expect(dash).toBeVisible();
  await dash.hover();
  await expect(page.getByRole("tooltip")).toContainText(/Last known: 6\d\d\.\d H\/s/);
});

test("a tab that nobody looks at stops listening and goes on when it is seen again", async ({ page, mock }) => {
  await page.clock.install();
  await mock.open("practice");
  const hide = (hidden: boolean) =>
    page.evaluate((h) => {
      Object.defineProperty(document, "hidden", { value: h, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  await hide(true);
  await page.clock.fastForward(11_000);
  await expect(page.getByRole("banner").getByText("Paused", { exact: true })).toBeVisible();
  await hide(false);
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
});

test("the one-time link signs in and leaves no token in the address", async ({ page, mock }) => {
  await mock.control("scenario", { name: "practice", signedIn: false });
  await page.goto("/#token=wrong");
  await expect(page.getByRole("heading", { name: "This browser is not signed in" })).toBeVisible();
  await expect(page.getByRole("alert")).toContainText("adit link");
  expect(page.url()).not.toContain("token");
  await page.getByLabel("Link or token").fill("http://127.0.0.1:8080/#token=mock-token");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  expect(page.url()).not.toContain("token");
});

test("a new link in a tab that was signed out lets it in again", async ({ page, mock }) => {
  await mock.open("practice");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("sign this");
  await page.keyboard.press("Enter");
  await expect(page.getByText("You need a new link to come back. Press Enter again.")).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "This browser is not signed in" })).toBeVisible();
  await page.evaluate(() => {
    location.hash = "#token=mock-token";
  });
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
});
