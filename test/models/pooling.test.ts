import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { PoolingConfigSchema, resolvePoolModes } from "../../src/models/pooling.ts";

const resolve = (config: unknown) => resolvePoolModes(v.parse(PoolingConfigSchema, config));

describe("resolvePoolModes()", () => {
  test.each([
    [{ pooling_mode_cls_token: true }, ["cls"]],
    [{ pooling_mode_mean_tokens: true, pooling_mode_cls_token: false }, ["mean"]],
    [{ pooling_mode_max_tokens: true }, ["max"]],
    [{ pooling_mode_mean_sqrt_len_tokens: true }, ["mean_sqrt_len"]],
    [{ pooling_mode_weightedmean_tokens: true }, ["weightedmean"]],
    [{ pooling_mode_lasttoken: true }, ["lasttoken"]],
    [{ pooling_mode_lasttoken: true, pooling_mode_mean_tokens: true, pooling_mode_cls_token: true }, ["cls", "mean", "lasttoken"]],
    [{ pooling_mode_cls_token: false, pooling_mode_mean_tokens: null }, ["mean"]],
    [{}, ["mean"]],
    [{ pooling_mode: "cls" }, ["cls"]],
    [{ pooling_mode: "mean_sqrt_len_tokens" }, ["mean_sqrt_len"]],
    [{ pooling_mode: ["mean", "cls"] }, ["mean", "cls"]],
    [{ pooling_mode: "lasttoken", pooling_mode_mean_tokens: true }, ["lasttoken"]],
  ])("gives the modes of %j", (config, modes) => {
    expect(resolve(config)).toEqual({ modes } as never);
  });

  test.each(["median", "constructor", ""])("gives back the name when the mode is %p", (unknown) => {
    expect(resolve({ pooling_mode: [unknown] })).toEqual({ unknown });
  });
});
