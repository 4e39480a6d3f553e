import { expect, it } from "vitest";
import { fieldName, problemFrom } from "./rest";
import { tokenFrom } from "./session";

it("reads problem+json: the sentence and the words per field", () => {
  const p = problemFrom(400, {
    title: "Invalid",
    detail: "Two fields are wrong.",
    errors: [
      { location: "body.pool", message: "no port" },
      { location: "wallet", message: "bad checksum" },
      { location: "body.pool", message: "second reason" },
    ],
  });
  expect(p.status).toBe(400);
  expect(p.message).toBe("Two fields are wrong.");
  expect(p.fields).toEqual({ pool: "no port", wallet: "bad checksum" });
});

it("always has a sentence", () => {
  expect(problemFrom(404, { error: "no such miner" }).message).toBe("no such miner");
  expect(problemFrom(502, null).message).toContain("502");
  expect(problemFrom(502, "<html>").message).toContain("502");
});

it("knows which field a location names", () => {
  expect(fieldName("body.pools[0]")).toBe("pools");
  expect(fieldName("pool")).toBe("pool");
  expect(fieldName("/body/pool")).toBe("pool");
});

it("finds the token in what a person pasted", () => {
  expect(tokenFrom("http://127.0.0.1:8080/#token=aB-_9")).toBe("aB-_9");
  expect(tokenFrom("  #token=aB9&x=1 ")).toBe("aB9");
  expect(tokenFrom("token=aB9")).toBe("aB9");
  expect(tokenFrom(" aB9 \n")).toBe("aB9");
  expect(tokenFrom("#token=a%2Bb")).toBe("a+b");
  expect(tokenFrom("#token=%zz")).toBe("%zz");
  expect(tokenFrom("http://127.0.0.1:8080/")).toBe("");
  expect(tokenFrom("two words")).toBe("");
  expect(tokenFrom("")).toBe("");
});
