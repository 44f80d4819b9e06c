import { describe, expect, test } from "bun:test";
import type { ModelManifest } from "../../../src/models/manifest.ts";
import { OpenTokenizers } from "../../../src/pipelines/access/open-tokenizers.ts";
import type { OpenTokenizersOptions } from "../../../src/pipelines/access/open-tokenizers.ts";
import type { TokenizerFile } from "../../../src/tokenizers/open.ts";
import { characterTokenizer, createManifest, createTestClock } from "../embedder-parts.ts";
import { rejection } from "../../fixtures/test-runner.ts";

const create = (changes: Partial<OpenTokenizersOptions> = {}) => {
  const opened: TokenizerFile[] = [];
  const clock = createTestClock();
  const open = async (file: TokenizerFile) => (opened.push(file), { ...characterTokenizer });
  const options = { tokenizers: { open }, repairEmbedded: async () => false, keepAliveMs: 60_000, clock, ...changes };
  return { opened, clock, tokenizers: new OpenTokenizers(options) };
};
const manifest = createManifest();
const itself = async <T>(value: T) => value;

/** A tokenizer file that cannot be opened the first time. */
const createDamaged = (manifest: ModelManifest, isRepaired: boolean) => {
  let tries = 0;
  const open = async () => {
    if (++tries === 1) throw new Error("broken");
    return characterTokenizer;
  };
  const { tokenizers } = create({ tokenizers: { open }, repairEmbedded: async () => isRepaired });
  return { used: tokenizers.use(manifest, ready), tokenizers };
};
const ready = async () => "done";

describe("OpenTokenizers use()", () => {
  test("opens once for all who ask until nobody used it for its time", async () => {
    const { tokenizers, opened, clock } = create();
    const [first, second] = await Promise.all([tokenizers.use(manifest, itself), tokenizers.use(manifest, itself)]);
    expect(first).toBe(second);
    clock.pass(59_999);
    await tokenizers.use(manifest, itself);
    expect([clock.timers.size, opened]).toEqual([1, [{ file: "tokenizer.json", name: "m", trusted: false }]]);
    clock.pass(60_000);
    expect(clock.timers.size).toBe(0);
  });

  test("does not expire while somebody uses it", async () => {
    const { tokenizers, clock } = create();
    const gate = Promise.withResolvers<string>();
    const slow = tokenizers.use(manifest, async () => await gate.promise);
    await tokenizers.use(manifest, itself);
    clock.pass(1e9);
    expect(clock.timers.size).toBe(0);
    gate.resolve("slow");
    expect(await slow).toBe("slow");
    expect(clock.timers.size).toBe(1);
  });

  test("opens a changed file anew", async () => {
    const { tokenizers, opened } = create();
    await tokenizers.use(manifest, itself);
    await tokenizers.use(createManifest({ fingerprint: "m-2" }), itself);
    expect(opened).toHaveLength(2);
  });

  test("answers a failure to everyone who waits, and tries again at the next request", async () => {
    let failures = 1;
    const open = async () => (failures-- > 0 ? Promise.reject(new Error("broken")) : characterTokenizer);
    const { tokenizers, clock } = create({ tokenizers: { open } });
    const first = await Promise.allSettled([1, 2].map(() => tokenizers.use(manifest, ready)));
    expect(first.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect([await tokenizers.use(manifest, ready), clock.timers.size]).toEqual(["done", 1]);
  });

  test.each([
    ["again once the embedded one was repaired", true, true, "done"],
    ["not again where nothing was damaged", true, false, "broken"],
    ["not again where it is no embedded one", false, true, "broken"],
  ])("opens %s", async (_, embedded, isRepaired, outcome) => {
    const { used } = createDamaged(createManifest({ embedded }), isRepaired);
    expect(await used.catch((error: Error) => error.message)).toBe(outcome);
  });

  test("rejects with the signal's reason when it aborts, and opens nothing for a client that has gone", async () => {
    const gate = Promise.withResolvers<typeof characterTokenizer>();
    const { tokenizers } = create({ tokenizers: { open: () => gate.promise } });
    const client = new AbortController();
    const gone = tokenizers.use(manifest, ready, client.signal);
    const other = tokenizers.use(manifest, ready);
    client.abort(new Error("client left"));
    expect(await rejection(gone)).toHaveProperty("message", "client left");
    gate.resolve(characterTokenizer);
    expect(await other).toBe("done");
    const { tokenizers: unused, opened } = create();
    expect(await rejection(unused.use(manifest, ready, client.signal))).toHaveProperty("message", "client left");
    expect(opened).toEqual([]);
  });
});

describe("OpenTokenizers open()", () => {
  test("shares what requests use and what a model keeps, whoever comes first", async () => {
    const { tokenizers, opened } = create();
    const used = await tokenizers.use(manifest, itself);
    expect(await tokenizers.open(manifest)).toBe(used);
    const other = createManifest({ fingerprint: "o-1", embedded: true });
    const [kept, alone] = await Promise.all([tokenizers.open(other), tokenizers.use(other, itself)]);
    expect(alone).toBe(kept);
    expect(opened.map(({ trusted }) => trusted)).toEqual([false, true]);
  });
});

describe("OpenTokenizers close()", () => {
  test("calls every timer off, also those of requests that end later", async () => {
    const { tokenizers, clock } = create();
    const gate = Promise.withResolvers<string>();
    await tokenizers.use(createManifest({ fingerprint: "o-1" }), itself);
    const slow = tokenizers.use(manifest, async () => await gate.promise);
    tokenizers.close();
    gate.resolve("slow");
    await slow;
    expect(clock.timers.size).toBe(0);
  });
});
