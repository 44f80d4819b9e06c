import { expect, test } from "bun:test";
import { NativeError, TermiteError } from "../src/errors.ts";
import { formatWireError, parseWireError } from "../src/wire-error.ts";

const cross = (error: unknown): TermiteError => parseWireError(structuredClone(formatWireError(error)));
const causeOf = (error: TermiteError): Error => error.cause as Error;

test("formatWireError() keeps code, message, hint and plain details", () => {
  const error = cross(new TermiteError("input_too_long", "Cannot x: y", { hint: "Do z", details: { a: 1, f: () => 1 } }));
  const { code, message, hint, details } = error;
  expect({ code, message, hint, details }).toEqual({ code: "input_too_long", message: "Cannot x: y", hint: "Do z", details: { a: 1 } });
});

test("formatWireError() keeps a native error native", () => {
  const error = cross(new NativeError("onnxruntime", 2, "Cannot run model: bad shape")) as NativeError;
  expect(error).toBeInstanceOf(NativeError);
  expect([error.library, error.nativeStatus, error.code]).toEqual(["onnxruntime", 2, "native"]);
});

test("formatWireError() makes anything unforeseen internal in constant words, and keeps its own for the log", () => {
  const origin = new RangeError("Cannot read /home/somebody/secret");
  const error = cross(origin);
  expect([error.code, error.message]).toEqual(["internal", "Cannot answer the request: internal error"]);
  expect([causeOf(error).message, causeOf(error).stack]).toEqual([`RangeError: ${origin.message}`, origin.stack]);
  expect(causeOf(cross("odd")).message).toBe("odd");
});

test("formatWireError() keeps every cause as text, also over two borders", () => {
  const native = new NativeError("onnxruntime", 7, "Load model from /m/model.onnx failed");
  const twice = cross(cross(new TermiteError("model_load_failed", "Cannot load model: it is broken", { cause: native })));
  expect(twice.message).toBe("Cannot load model: it is broken");
  expect(causeOf(twice).message).toEndWith("Load model from /m/model.onnx failed");
  const chain = new TermiteError("internal", "a", { cause: new Error("b", { cause: new Error("c") }) });
  expect(causeOf(cross(chain)).stack).toMatch(/^Error: b\n[^]*\nCaused by: Error: c\n/);
});

test("parseWireError() makes an unknown code internal", () => {
  expect(parseWireError({ code: "constructor", message: "m" }).code).toBe("internal");
});
