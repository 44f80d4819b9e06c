import { expect, test } from "bun:test";
import { isCompiled, readBuildInfo } from "../../src/runtime/build-info.ts";
import { runExtract } from "../../src/runtime/extract-child.ts";
import { catchError } from "./packed-asset.ts";

test("runExtract() says that there is no such asset when the program runs from source", async () => {
  expect(isCompiled()).toBe(false);
  expect(readBuildInfo().assets).toEqual([]);
  expect(await catchError(() => runExtract(["libonnxruntime", "/nonexistent"]))).toEqual({
    code: "asset_missing",
    message: 'Cannot find asset "libonnxruntime": it is not inside this program',
    hint: 'Use the executable that "npm start" builds',
  });
});
