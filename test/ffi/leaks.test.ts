// What the bindings leave behind, each measured in a process of its own: the memory of one that runs thousands of tests
// rises and falls by more than any leak.
import { expect, test } from "bun:test";
import { join } from "node:path";

const MEGABYTE = 1024 * 1024;

/** Ten rounds of each; `failures` are of all rounds, so that a measure of nothing does not pass. */
test.each([
  // A status that is not released is about 300 bytes, argument arrays made for each call 1.6 KB: 12 or 64 MB.
  ["ort/leak.ts", "execute", 84_000, 4 * MEGABYTE],
  // An error that is not destroyed is about 0.4 KB: 14 to 20 MB.
  ["pjrt/leak.ts", "execute", 115_500, 4 * MEGABYTE],
  // What the plugin serialized is 3 KB a time: 15 MB.
  ["pjrt/leak.ts", "serialize", 0, 5 * MEGABYTE],
])("%s %s leaves nothing behind", async (file, what, failures, limitBytes) => {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, file), what], {
    env: { PATH: "/usr/bin:/bin", TF_CPP_MIN_LOG_LEVEL: "3" },
    stdout: "pipe",
    stderr: "ignore",
  });
  const answer: unknown = JSON.parse(await new Response(child.stdout).text());
  expect(answer).toEqual({ growth: expect.any(Number), failures });
  expect((answer as { growth: number }).growth).toBeLessThan(limitBytes);
}, 120_000);
