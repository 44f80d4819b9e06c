// The order in which programs are compiled, with a compiler that does what the test says.
import { expect, test } from "bun:test";
import { TermiteError } from "../../../src/errors.ts";
import { CompileLine } from "../../../src/backends/xla/compile-line.ts";
import type { ChunkLine } from "../../../src/backends/xla/program-set.ts";
import { ProgramSet } from "../../../src/backends/xla/program-set.ts";
import type { BucketShape, ProgramRef } from "../../../src/backends/xla/protocol.ts";

const GRID: readonly BucketShape[] = [16, 32, 64].flatMap((length) => [1, 4].map((batch) => ({ batch, length })));

interface Lined {
  line: CompileLine;
  set: ProgramSet;
  /** What was begun, in order; `finish` ends the oldest that is still in hand. */
  begun: string[];
  failures: unknown[];
  finish: (fromCache?: boolean) => Promise<void>;
  fail: (error: Error) => Promise<void>;
}

function createLined({ isQuiet = false, isIdle = false, warmOrder = [] as readonly BucketShape[] } = {}): Lined {
  const begun: string[] = [];
  const failures: unknown[] = [];
  const inHand: { shape: BucketShape; turn: PromiseWithResolvers<{ program: ProgramRef; fromCache: boolean }> }[] = [];
  const line = new CompileLine({ isQuiet: () => isQuiet, isIdle: () => isIdle || isQuiet, loadsAtOnce: 3 });
  const set = new ProgramSet({
    grid: GRID, warmOrder, onWanted: () => line.advance(), onFailed: (shape, error) => void failures.push([shape, error]),
    compile(shape) {
      begun.push(`${shape.batch}x${shape.length}`);
      const turn = Promise.withResolvers<{ program: ProgramRef; fromCache: boolean }>();
      inHand.push({ shape, turn });
      return turn.promise;
    },
  });
  line.add(set);
  const settle = async (body: (job: (typeof inHand)[number]) => void): Promise<void> => {
    const job = inHand.shift();
    if (job) body(job);
    await Bun.sleep(0);
  };
  return {
    line, set, begun, failures,
    finish: (fromCache = false) => settle(({ shape, turn }) => turn.resolve({ program: { shape } as ProgramRef, fromCache })),
    fail: (error) => settle(({ turn }) => turn.reject(error)),
  };
}

function takeShapes(line: ChunkLine): BucketShape[] {
  const shapes: BucketShape[] = [];
  for (let next = line.next(); next !== undefined; next = line.next()) shapes.push(next.chunk.shape);
  return shapes;
}

test("what nobody asked for is compiled only while nothing runs, one at a time", async () => {
  const busy = createLined();
  expect(busy.begun).toEqual([]);
  const quiet = createLined({ isQuiet: true });
  expect(quiet.begun).toEqual(["1x16"]);
  await quiet.finish();
  expect(quiet.begun).toEqual(["1x16", "4x16"]);
});

test("programs on disk are loaded several at once, until one has to be compiled", async () => {
  const { begun, finish } = createLined({ isQuiet: true });
  await finish(true);
  expect(begun).toHaveLength(4);
  await finish(false);
  expect(begun).toHaveLength(4);
});

test("what is on disk is loaded as soon as nothing runs, what is not waits until it is quiet", async () => {
  const { set, begun, finish } = createLined({ isIdle: true });
  expect(begun).toEqual([]);
  void set.plan(Int32Array.of(40));
  await finish(true);
  expect(begun).toHaveLength(4);
  for (let i = 0; i < 3; i++) await finish(false);
  expect(begun).toHaveLength(4);
});

test("plan() waits for the shape that its texts need, before anything else", async () => {
  const { set, begun, finish } = createLined({ isQuiet: true });
  const plan = set.plan(Int32Array.of(40));
  await finish();
  expect(begun).toEqual(["1x16", "1x64"]);
  await finish();
  expect(takeShapes(await plan)).toEqual([{ batch: 1, length: 64 }]);
});

test("plan() takes a larger shape that is ready, and has the better one compiled", async () => {
  const { set, begun, finish } = createLined();
  const first = set.plan(Int32Array.of(60));
  await finish();
  await first;
  const second = await set.plan(Int32Array.of(5));
  expect(takeShapes(second)).toEqual([{ batch: 1, length: 64 }]);
  expect(begun).toEqual(["1x64", "1x16"]);
});

test("plan() splits texts over what is ready instead of waiting", async () => {
  const { set, finish } = createLined();
  const first = set.plan(Int32Array.of(60));
  await finish();
  await first;
  expect(takeShapes(await set.plan(Int32Array.of(60, 50, 40)))).toHaveLength(3);
});

test("plan() moves what is left of a batch to better shapes as soon as they are ready", async () => {
  const { set, begun, finish } = createLined();
  const plan = set.plan(Int32Array.of(60, 5, 6, 7, 8));
  await finish();
  const line = await plan;
  expect(line.next()?.chunk).toEqual({ rows: [0], shape: { batch: 1, length: 64 } });
  expect(begun.at(-1)).toBe("4x16");
  await finish();
  expect(line.next()?.chunk).toEqual({ rows: [1, 2, 3, 4], shape: { batch: 4, length: 16 } });
  expect(line.next()).toBeUndefined();
});

test("plan() rejects when what its texts need cannot be compiled, and others go on", async () => {
  const { set, finish, fail, failures } = createLined();
  const plan = set.plan(Int32Array.of(60)).then(() => "done", (error: Error) => error.message);
  const error = new TermiteError("model_load_failed", "no room");
  await fail(error);
  expect(await plan).toBe("no room");
  expect(failures).toEqual([[{ batch: 1, length: 64 }, error]]);
  const other = set.plan(Int32Array.of(5));
  await finish();
  expect(takeShapes(await other)).toHaveLength(1);
});

test("plan() makes a shape for a text that is longer than the grid", async () => {
  const { set, begun, finish } = createLined();
  const plan = set.plan(Int32Array.of(100));
  expect(begun).toEqual(["1x128"]);
  await finish();
  expect(takeShapes(await plan)).toEqual([{ batch: 1, length: 128 }]);
});

test("shapes that were used the last time come first", () => {
  const { begun } = createLined({ warmOrder: [{ batch: 4, length: 32 }, { batch: 9, length: 9 }] });
  expect(begun).toEqual(["4x32"]);
});

test("delete() compiles nothing more of a set", async () => {
  const { line, set, begun, finish } = createLined({ isQuiet: true });
  line.delete(set);
  await finish();
  expect(begun).toEqual(["1x16"]);
});
