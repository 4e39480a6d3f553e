import { expect, test } from "vitest";
import { browserName } from "./agent";

test("browsers have names", () => {
  const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36";
  expect(browserName(chrome)).toBe("Chrome on Linux");
  expect(browserName(`${chrome} Edg/140.0`)).toBe("Edge on Linux");
  expect(browserName("Mozilla/5.0 (iPhone; CPU iPhone OS 18) Version/18.0 Safari/604.1")).toBe("Safari on iOS");
  expect(browserName("Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0")).toBe(
    "Firefox on Windows",
  );
  expect(browserName("curl/8")).toBe("curl/8");
  expect(browserName("")).toBe("A browser that did not tell its name");
  expect(browserName("x".repeat(100))).toHaveLength(60);
});
