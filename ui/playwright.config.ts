import { defineConfig } from "@playwright/test";

// One port for this run, told to the workers and to the mock through the environment.
process.env.MOCK_PORT ??= String(20_000 + (process.pid % 20_000));
const mock = `http://127.0.0.1:${process.env.MOCK_PORT}`;
const real = process.env.ADIT_E2E_URL;

export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results/runs",
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [["list"]],
  use: {
    browserName: "chromium",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
      ],
    },
    trace: "off",
  },
  projects: [
    { name: "mock", testIgnore: /real\.spec\.ts/, use: { baseURL: mock } },
    { name: "real", testMatch: /real\.spec\.ts/ },
  ],
  ...(real
    ? {}
    : {
        webServer: {
          command: "node dev/mock-server.mjs",
          url: `${mock}/favicon.svg`,
          reuseExistingServer: false,
          timeout: 15_000,
        },
      }),
});
