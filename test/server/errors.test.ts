import { describe, expect, test } from "bun:test";
import { NativeError, TermiteError, resolveError } from "../../src/errors.ts";
import { checkLengths } from "../../src/pipelines/inputs/check-lengths.ts";
import { formatErrorBody, resolveDialect, resolveStatus, type Dialect } from "../../src/server/errors.ts";

function catchBody(dialect: Dialect, work: () => void): object {
  try {
    work();
  } catch (error) {
    return formatErrorBody(dialect, resolveError(error));
  }
  throw new Error("it did not throw");
}

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
    ["/v1/embed", "cohere"],
    ["/v1/rerank", "cohere"],
    ["/v1/rerank/x", "openai"],
    ["/v2", "cohere"],
    ["/v2/embed", "cohere"],
    ["/v2x", "native"],
    ["/embed", "tei"],
    ["/embed_sparse", "tei"],
    ["/health", "tei"],
    ["/m/BAAI/bge/embed", "tei"],
    ["/m", "native"],
    ["/embed/x", "native"],
    ["/api/embed", "native"],
    ["/models", "native"],
  ] as const)("of %s is %s", (path, dialect) => expect(resolveDialect(path)).toBe(dialect));

  test("of / is text-embeddings-inference's for POST alone", () => {
    expect(["GET", "HEAD", "POST", "DELETE"].map((method) => resolveDialect("/", method))).toEqual(["native", "native", "tei", "native"]);
  });
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

  test.each([
    ["native", 'leave out "truncate": false'],
    ["tei", 'send "truncate": true'],
  ] as const)("says in %s's dialect how a text that is too long is cut there", (dialect, action) => {
    const encoded = { ids: new Int32Array(9), fullLength: 9 };
    const body = catchBody(dialect, () => checkLengths([encoded], 8, () => ({ what: "embed input 0", param: "inputs" })));
    expect(body).toMatchObject({ error: `Cannot embed input 0: found 9 tokens, need 8 or fewer (Shorten it, or ${action})` });
  });

  test("keeps the other hint of a text that is too long", () => {
    const error = new TermiteError("input_too_long", "Cannot do it: no", { hint: "Shorten the second text" });
    expect(formatErrorBody("tei", error)).toMatchObject({ error: "Cannot do it: no (Shorten the second text)" });
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

  test("is a message alone in Cohere's dialect", () => {
    const error = new TermiteError("model_not_found", 'Cannot find model "x": no such model', { hint: 'Did you mean "y"?' });
    expect(formatErrorBody("cohere", error)).toEqual({ message: 'Cannot find model "x": no such model (Did you mean "y"?)' });
  });
});

describe("resolveStatus()", () => {
  test.each([
    ["invalid_request", 422, "Validation"],
    ["empty_inputs", 400, "Empty"],
    ["too_many_inputs", 400, "Validation"],
    ["wrong_task", 400, "Validation"],
    ["input_too_long", 413, "Validation"],
    ["body_too_large", 413, "Validation"],
    ["model_not_found", 404, "Validation"],
    ["native", 424, "Backend"],
    ["runner_crashed", 424, "Backend"],
    ["target_unavailable", 424, "Backend"],
    ["model_load_failed", 500, "Backend"],
    ["internal", 500, "Backend"],
    ["overloaded", 429, "Overloaded"],
    ["draining", 503, "Unhealthy"],
    ["loading", 503, "Unhealthy"],
    ["deadline_exceeded", 504, "Backend"],
  ] as const)("of %s in text-embeddings-inference's dialect is %d, %s", (code, status, type) => {
    const error = new TermiteError(code, "Cannot do it: no");
    expect([resolveStatus("tei", error), formatErrorBody("tei", error)]).toEqual([status, { error: "Cannot do it: no", error_type: type }]);
  });

  test("is the code's own in every other dialect", () => {
    const error = new TermiteError("input_too_long", "Cannot do it: no");
    expect((["native", "openai", "cohere"] as const).map((dialect) => resolveStatus(dialect, error))).toEqual([400, 400, 400]);
  });
});
