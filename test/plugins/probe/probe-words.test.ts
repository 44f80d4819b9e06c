import { describe, expect, test } from "bun:test";
import { findLastWords, findLoggedReason, formatFound } from "../../../src/plugins/probe/probe-words.ts";

describe("formatFound()", () => {
  test.each([
    ["Cannot open ONNX Runtime: invalid ELF header", "invalid ELF header"],
    ["Cannot trust the product: found 3 of 16384 numbers wrong, the worst by 0.5", "found 3 of 16384 numbers wrong, the worst by 0.5"],
    ["/srv/x/libfoo.so: cannot open shared object file: No such file or directory", "libfoo.so: cannot open shared object file: No such file or directory"],
    ['(required by "/srv/my/libfoo.so.1") and /a/b', '(required by "libfoo.so.1") and b'],
    ["see https://example.com/a/b for more", "see https://example.com/a/b for more"],
    ["No visible GPU devices.\n", "No visible GPU devices"],
    ["two\nlines\u001b[m and\ttabs", "two lines [m and tabs"],
  ])("turns %j into %j", (message, words) => {
    expect(formatFound(message)).toBe(words);
  });

  test("cuts what is longer than 500 characters", () => {
    expect(formatFound("x".repeat(600))).toBe("x".repeat(500));
  });
});

describe("findLastWords()", () => {
  test.each([
    ["", ""],
    ["first\nfree(): invalid pointer\n", "free(): invalid pointer"],
    ["F0000 01:02:03.4 77 /src/xla/client.cc:12] Check failed: ok\n\n", "F0000 01:02:03.4 77 client.cc:12] Check failed: ok"],
    [`last words\n${"=".repeat(60)}\nBun v1.4.5\npanic(main thread): abort() called\n https://bun.report/x\n`, "last words"],
    [`${"=".repeat(60)}\nBun v1.4.5\npanic(main thread): Segmentation fault at address 0x10\n`, ""],
  ])("takes of %j only %j", (stderr, words) => {
    expect(findLastWords(stderr)).toBe(words);
  });
});

describe("findLoggedReason()", () => {
  test("gives the linker's words when ONNX Runtime logged them", () => {
    const log = "\u001b[1;31m2026-11-22 20:30:01.7 [E:onnxruntime:termite, provider_bridge_ort.cc:2146 Create] /src/bridge.cc:1988 "
      + "onnxruntime::Provider& onnxruntime::ProviderLibrary::Get() [ONNXRuntimeError] : 1 : FAIL : Failed to load library "
      + "/srv/ort/libonnxruntime_providers_cuda.so with error: libcublasLt.so.13: cannot open shared object file: "
      + "No such file or directory\n\u001b[m\n";
    expect(findLoggedReason(log)).toBe("libcublasLt.so.13: cannot open shared object file: No such file or directory");
  });

  test("gives undefined when nothing was logged", () => {
    expect(findLoggedReason("something else\n")).toBeUndefined();
  });
});
