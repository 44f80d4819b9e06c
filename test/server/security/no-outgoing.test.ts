// No client can make this server ask another one: nothing in the server can reach out. Layers (no `net`) are the architecture's test.
import { expect, test } from "bun:test";
import { join } from "node:path";

const OUTGOING = /(?<![.\w])fetch\(|\bXMLHttpRequest\b|\bnew WebSocket\b|\bBun\.(connect|udpSocket|spawn)|["']node:(http2?|https|net|tls|dgram|dns|child_process)\b/;

test("src/server never opens a connection of its own", async () => {
  const folder = join(import.meta.dir, "..", "..", "..", "src", "server");
  const files = [...new Bun.Glob("**/*.ts").scanSync(folder)];
  expect(files.length).toBeGreaterThan(30);
  const texts = await Promise.all(files.map((file) => Bun.file(join(folder, file)).text()));
  expect(files.filter((_, index) => OUTGOING.test(texts[index] ?? ""))).toEqual([]);
});
