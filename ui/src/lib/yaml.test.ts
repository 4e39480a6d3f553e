import { expect, it } from "vitest";
import { yaml } from "./yaml";

it("writes what YAML reads as the same data", () => {
  const data = {
    adit: "profiles",
    format: 1,
    no: true,
    profiles: [
      { name: 'a "b": # c', config: { threads: 4, tls: false, pools: [{ pool: "x" }, { pool: "y", n: null }] } },
      { name: "second", config: {}, gone: undefined },
    ],
    notes: [],
    words: ["one", "two"],
  };
  expect(yaml(data)).toBe(`adit: "profiles"
format: 1
"no": true
profiles:
  - name: "a \\"b\\": # c"
    config:
      threads: 4
      tls: false
      pools:
        - pool: "x"
        - pool: "y"
          "n": null
  - name: "second"
    config: {}
notes: []
words:
  - "one"
  - "two"
`);
});
