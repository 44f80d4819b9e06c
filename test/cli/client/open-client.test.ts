import { expect, test } from "bun:test";
import { resolveAddress } from "../../../src/cli/client/open-client.ts";
import { TermiteError } from "../../../src/errors.ts";

test.each([
  ["http://127.0.0.1:11433", "http://127.0.0.1:11433"],
  ["http://0.0.0.0:80", "http://127.0.0.1:80"],
  ["http://[::]:8080", "http://[::1]:8080"],
  ["http://host.example:1234", "http://host.example:1234"],
])("resolveAddress() asks what listens on %s at %s", (listens, asked) => {
  expect(resolveAddress(new URL(listens))).toBe(asked);
});

test("resolveAddress() refuses a port that nobody knows", () => {
  expect(() => resolveAddress(new URL("http://127.0.0.1:0"))).toThrow(
    new TermiteError("usage", 'Cannot ask the server at "http://127.0.0.1:0": port 0 says not which'),
  );
});
