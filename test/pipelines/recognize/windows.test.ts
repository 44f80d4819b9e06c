import { describe, expect, test } from "bun:test";
import { TermiteError } from "../../../src/errors.ts";
import { checkStride, checkWindowTokens, createWindows, findBestWindows, MOST_WINDOW_TOKENS } from "../../../src/pipelines/recognize/windows.ts";
import type { DetailedEncoding } from "../../../src/tokenizers/tokenizer.ts";

/** Ids 100, 101, … between two special tokens in front and one behind. */
const createEncoding = (tokens: number, typeIds?: Int32Array): DetailedEncoding => {
  const body = Array.from({ length: tokens }, (_, index) => 100 + index);
  const ids = Int32Array.from([1, 2, ...body, 3]);
  return {
    ids,
    ...(typeIds === undefined ? {} : { typeIds }),
    fullLength: ids.length,
    tokens: [],
    offsets: new Int32Array(2 * ids.length),
    special: Uint8Array.from(ids, (id) => (id < 100 ? 1 : 0)),
    wordIds: new Int32Array(ids.length),
  };
};
const idsOf = (windows: ReturnType<typeof createWindows>) => windows.map(({ item }) => [...item.ids]);

describe("createWindows()", () => {
  test("is one window without a stride, however long the encoding", () => {
    const windows = createWindows(createEncoding(9), { limit: 5, model: "m" });
    expect(windows).toMatchObject([{ start: 0, end: 12, row: 0 }]);
  });

  test("is one window when the encoding is not longer than the limit", () => {
    expect(idsOf(createWindows(createEncoding(2), { limit: 5, stride: 1, model: "m" }))).toEqual([[1, 2, 100, 101, 3]]);
  });

  test("puts the special tokens around each window and shares as many tokens as the stride says", () => {
    const windows = createWindows(createEncoding(7), { limit: 6, stride: 1, model: "m" });
    expect(idsOf(windows)).toEqual([[1, 2, 100, 101, 102, 3], [1, 2, 102, 103, 104, 3], [1, 2, 104, 105, 106, 3]]);
    expect(windows.map(({ start, end, row }) => [start, end, row])).toEqual([[2, 5, 2], [4, 7, 2], [6, 9, 2]]);
  });

  test("makes the last window shorter, and none of what another has whole", () => {
    expect(idsOf(createWindows(createEncoding(6), { limit: 7, stride: 2, model: "m" }))).toEqual([
      [1, 2, 100, 101, 102, 103, 3], [1, 2, 102, 103, 104, 105, 3],
    ]);
    expect(idsOf(createWindows(createEncoding(5), { limit: 7, stride: 0, model: "m" }))).toEqual([
      [1, 2, 100, 101, 102, 103, 3], [1, 2, 104, 3],
    ]);
  });

  test("cuts token types as it cuts ids", () => {
    const typeIds = Int32Array.from([0, 1, 2, 3, 4, 5]);
    const windows = createWindows(createEncoding(3, typeIds), { limit: 5, stride: 1, model: "m" });
    expect(windows.map(({ item }) => [...(item.typeIds ?? [])])).toEqual([[0, 1, 2, 3, 5], [0, 1, 3, 4, 5]]);
  });

  test("refuses a stride that leaves no room between special tokens, for a short text too", () => {
    expect(() => createWindows(createEncoding(0), { limit: 8, stride: 5, model: "m" })).toThrow(
      'Cannot use a stride of 5 tokens with "m": need a whole number from 0 to 4',
    );
  });
});

describe("checkWindowTokens()", () => {
  const encoding = createEncoding(40);
  test.each([0, 1, 2, 3, 4, 5])("counts what windows with a stride of %p have", (stride) => {
    const options = { limit: 9, stride, model: "m" };
    const tokens = idsOf(createWindows(encoding, options)).flat().length;
    const fitting = Math.floor(MOST_WINDOW_TOKENS / tokens);
    checkWindowTokens(Array.from({ length: fitting }, () => encoding), options);
    const found = `found ${(fitting + 1) * tokens} tokens in windows of 9, need 1048576 or fewer in one request`;
    expect(() => checkWindowTokens(Array.from({ length: fitting + 1 }, () => encoding), options)).toThrow(
      `Cannot recognize entities with a stride of ${stride} tokens: ${found}`,
    );
  });

  test("does not count texts that need no windows", () => {
    const options = { limit: 50, stride: 40, model: "m" };
    checkWindowTokens(Array.from({ length: 50_000 }, () => encoding), options);
    checkWindowTokens(Array.from({ length: 50_000 }, () => encoding), { limit: 9, model: "m" });
  });
});

describe("findBestWindows()", () => {
  test("reads each token where it has most context, but for the ends of the text, which are none to lack", () => {
    const encoding = createEncoding(10);
    const windows = createWindows(encoding, { limit: 9, stride: 4, model: "m" });
    expect(windows.map(({ start, end }) => [start, end])).toEqual([[2, 8], [4, 10], [6, 12]]);
    const best = findBestWindows(windows, encoding.ids.length);
    expect([...best.subarray(2, 12)]).toEqual([0, 0, 0, 0, 1, 1, 2, 2, 2, 2]);
  });

  test("reads every token in a window that holds it, whatever the stride", () => {
    for (const tokens of [0, 1, 5, 6, 7, 40]) {
      for (const stride of [0, 1, 2, 3, 4, 5]) {
        const encoding = createEncoding(tokens);
        const windows = createWindows(encoding, { limit: 9, stride, model: "m" });
        const read = Array.from(findBestWindows(windows, encoding.ids.length), (index, token) => {
          const { item, start = 0, end = 0, row = 0 } = windows[index] ?? {};
          return token < start || token >= end ? undefined : item?.ids[row + token - start];
        });
        const isText = (_: unknown, token: number) => encoding.special[token] === 0;
        expect(read.filter(isText)).toEqual([...encoding.ids].filter(isText));
      }
    }
  });
});

describe("checkStride()", () => {
  test.each([-1, 1.5, 4, Number.NaN])("refuses %p where a window has room for 4 tokens", (stride) => {
    const message = `Cannot use a stride of ${stride} tokens with "m": need a whole number from 0 to 3`;
    expect(() => checkStride(stride, 4, "m")).toThrow(new TermiteError("invalid_request", message));
    checkStride(3, 4, "m");
  });
});
