import { describe, expect, test } from "bun:test";
import { NativeError, TermiteError } from "../../src/errors.ts";
import { formatErrorBody, resolveDialect } from "../../src/server/errors.ts";

describe("resolveDialect()", () => {
  test.each([
    ["/v1", "openai"],
    ["/v1/embeddings", "openai"],
    ["/openai", "openai"],
    ["/openai/v2/x", "openai"],
    ["/v1beta", "native"],
    ["/openaix", "native"],
    ["/api/v1/x", "native"],
    ["/", "native"],
  ] as const)("of %s is %s", (path, dialect) => expect(resolveDialect(path)).toBe(dialect));
});

describe("formatErrorBody()", () => {
  test("hides paths in a server error", () => {
    const error = new NativeError("onnxruntime", 3, "Load model from /srv/m/model.onnx failed");
    expect(formatErrorBody("native", error)).toEqual({ error: "Load model from model.onnx failed" });
  });

  test("leaves a route alone in a client error", () => {
    const error = new TermiteError("route_not_found", 'Cannot find "/a/b": no such route');
    expect(formatErrorBody("native", error)).toEqual({ error: 'Cannot find "/a/b": no such route' });
  });

  test("keeps an operator's hint to the log", () => {
    const error = new TermiteError("target_unavailable", "Cannot use it: no driver", { hint: "see /etc" });
    expect(formatErrorBody("native", error)).toEqual({ error: "Cannot use it: no driver" });
  });

  test("names the field dimensions_not_allowed is about", () => {
    const error = new TermiteError("dimensions_not_allowed", "Cannot cut to 7: found 384");
    expect(formatErrorBody("openai", error)).toEqual({
      error: {
        message: "Cannot cut to 7: found 384",
        type: "invalid_request_error",
        param: "dimensions",
        code: "dimensions_not_allowed",
      },
    });
  });
});
