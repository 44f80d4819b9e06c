import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { createApp } from "../../../src/server/app.ts";
import * as answer from "../../../src/server/schemas/tei-answers.ts";
import * as request from "../../../src/server/schemas/tei.ts";
import { createFakeDeps } from "../fake-deps.ts";
import { ask, storeOf } from "./tei-parts.ts";

describe("createTeiRoutes()", () => {
  const EXAMPLES = [
    ["embed", request.TeiEmbedBody, answer.TeiEmbedAnswer],
    ["embed_all", request.TeiTextsBody, answer.TeiEmbedAllAnswer],
    ["embed_sparse", request.TeiTextsBody, answer.TeiSparseAnswer],
    ["similarity", request.TeiSimilarityBody, answer.TeiSimilarityAnswer],
    ["predict", request.TeiPredictBody, answer.TeiPredictAnswer],
    ["rerank", request.TeiRerankBody, answer.TeiRerankAnswer],
    ["tokenize", request.TeiTokenizeBody, answer.TeiTokenizeAnswer],
    ["decode", request.TeiDecodeBody, answer.TeiDecodeAnswer],
    ["", request.TeiAnyBody, answer.TeiAnyAnswer],
  ] as const;

  test.each(EXAMPLES)("/%s answers the example of its request with what its schema says", async (name, asked, answered) => {
    expect(v.safeParse(asked.schema, asked.example).issues).toBeUndefined();
    for (const path of [`/${name}`, `/m/owner/x${name === "" ? "" : `/${name}`}`]) {
      const [status, body] = await ask(path, asked.example, createFakeDeps(storeOf("embed")));
      expect([path, status, v.safeParse(answered.schema, body).issues]).toEqual([path, 200, undefined]);
    }
  });

  test("/info answers what its schema says", async () => {
    const body = await (await createApp(createFakeDeps()).request("/info")).json();
    expect(v.safeParse(answer.TeiInfoAnswer.schema, body).issues).toBeUndefined();
  });
});
