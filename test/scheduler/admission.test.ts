// Who is let in: by number and by tokens, and what the others are told.
import { describe, expect, test } from "bun:test";
import type { TermiteError } from "../../src/errors.ts";
import { NO_METRICS } from "../../src/metrics.ts";
import type { RefusalReason } from "../../src/metrics.ts";
import { Admission } from "../../src/scheduler/admission.ts";
import type { AdmissionOptions } from "../../src/scheduler/admission.ts";

function create(options: Partial<AdmissionOptions> = {}) {
  const refusals: RefusalReason[] = [];
  const metrics = { ...NO_METRICS, noteRefusal: (reason: RefusalReason) => void refusals.push(reason) };
  const admission = new Admission({
    maxQueueTokens: 900, maxRequests: 9, requestTimeoutMs: 60_000, tokensPerSecond: () => undefined, metrics, ...options,
  });
  const reserve = (client: string, tokens: number, model = "m") => admission.reserve({ client, model }, tokens);
  return { admission, reserve, refusals };
}

function refusal(work: () => unknown): Pick<TermiteError, "code" | "message" | "details"> | undefined {
  try {
    work();
  } catch (error) {
    const { code, message, details } = error as TermiteError;
    return { code, message, details };
  }
  return undefined;
}

const tokensOf = (admission: Admission): number => admission.figures().tokens;

describe("enter()", () => {
  test("refuses one request too many, and lets the next in when one has ended", () => {
    const { admission, refusals } = create({ maxRequests: 2 });
    const leave = admission.enter("a");
    admission.enter("a");
    expect(refusal(() => admission.enter("a"))).toEqual({
      code: "overloaded",
      message: "Cannot take work now: 2 requests are being answered, 2 of them for this client, the limit is 2",
      details: { reason: "requests", retryAfterSeconds: 1 },
    });
    leave();
    admission.enter("a");
    expect([refusals, admission.figures().requests]).toEqual([["requests"], 2]);
  });

  test("keeps room for others when one client has as many as it may", () => {
    const { admission } = create({ maxRequests: 90 });
    let own = 0;
    while (refusal(() => admission.enter("busy")) === undefined) own++;
    expect(own).toBe(80);
    expect(refusal(() => admission.enter("other"))).toBeUndefined();
  });

  test("lets one in under a limit of one", () => {
    const { admission } = create({ maxRequests: 1 });
    admission.enter("a")();
    admission.enter("a");
    expect(refusal(() => admission.enter("b"))?.code).toBe("overloaded");
  });
});

describe("reserve()", () => {
  test("refuses what does not fit any more, in the same words for one text and for a list", () => {
    const { reserve, refusals } = create();
    reserve("a", 500);
    reserve("b", 300);
    expect(refusal(() => reserve("c", 200))).toEqual({
      code: "overloaded",
      message: "Cannot take work now: 800 tokens are waiting, 0 of them for this client and model, the limit is 900",
      details: { reason: "tokens", retryAfterSeconds: 1 },
    });
    expect(refusal(() => reserve("c", 100))).toBeUndefined();
    expect(refusals).toEqual(["tokens"]);
  });

  test("keeps room for other clients and for other models of the same one", () => {
    const { reserve } = create();
    while (refusal(() => reserve("a", 10)) === undefined);
    expect(refusal(() => reserve("b", 10))).toBeUndefined();
    expect(refusal(() => reserve("a", 10, "other"))).toBeUndefined();
    expect(refusal(() => reserve("a", 10))?.message).toBe(
      "Cannot take work now: 820 tokens are waiting, 800 of them for this client and model, the limit is 900",
    );
  });

  test("counts of a large request what its share is, until less is left of it", () => {
    const { admission, reserve } = create();
    const permit = reserve("a", 900);
    expect(tokensOf(admission)).toBe(800);
    permit.finish(50);
    expect(tokensOf(admission)).toBe(800);
    permit.finish(450);
    expect(tokensOf(admission)).toBe(400);
    permit.finish(1000);
    expect(tokensOf(admission)).toBe(0);
    permit.release();
    expect(tokensOf(admission)).toBe(0);
  });

  test("lets a request that is larger than the queue into an empty one only, and short ones beside it", () => {
    const { admission, reserve } = create();
    const short = reserve("a", 1);
    expect(refusal(() => reserve("b", 5000))?.code).toBe("overloaded");
    short.release();
    reserve("b", 5000);
    expect(tokensOf(admission)).toBe(800);
    expect(refusal(() => reserve("a", 50))).toBeUndefined();
    expect(refusal(() => reserve("b", 50))?.code).toBe("overloaded");
    expect(refusal(() => reserve("a", 5000))?.code).toBe("overloaded");
  });

  test("gives everything back when the client leaves", () => {
    const { admission, reserve } = create();
    const permit = reserve("a", 300);
    permit.finish(100);
    permit.release();
    permit.release();
    expect(tokensOf(admission)).toBe(0);
  });
});

describe("resize()", () => {
  test("puts the real number in the estimate's place, or refuses where that is too large", () => {
    const { admission, reserve } = create();
    const permit = reserve("a", 300);
    permit.resize(120);
    expect(tokensOf(admission)).toBe(120);
    permit.resize(200);
    expect(tokensOf(admission)).toBe(200);
    reserve("b", 600);
    expect(refusal(() => permit.resize(400))?.message).toBe(
      "Cannot take work now: 800 tokens are waiting, 200 of them for this client and model, the limit is 900",
    );
    permit.release();
    expect(tokensOf(admission)).toBe(600);
  });

  test("never refuses who is alone", () => {
    const { reserve } = create();
    const permit = reserve("a", 10);
    expect(refusal(() => permit.resize(100_000))).toBeUndefined();
  });
});

describe("at the queue's own speed", () => {
  test("lets in who is soon done by turns, whatever others have waiting", () => {
    const { reserve } = create({ maxQueueTokens: 200_000, tokensPerSecond: () => 100 });
    reserve("bulk", 4000);
    reserve("bulk2", 400);
    const short = (tokens: number) => refusal(() => reserve("a", tokens, "small"))?.details?.["reason"];
    expect([short(130), short(10), short(100)]).toEqual([undefined, undefined, "time"]);
    expect(refusal(() => reserve("bulk", 130))?.details?.["reason"]).toBe("time");
  });

  test("refuses what could not be answered in time", () => {
    const { reserve, refusals } = create({ maxQueueTokens: 200_000, tokensPerSecond: () => 100 });
    reserve("a", 3500);
    expect(refusal(() => reserve("b", 1500))).toEqual({
      code: "overloaded",
      message:
        "Cannot take work now: 3500 tokens are waiting, 0 of them for this client and model, at 100 tokens a second 4500 can be answered in time",
      // Half of what waits, and what is too much.
      details: { reason: "time", retryAfterSeconds: 23 },
    });
    expect(refusal(() => reserve("b", 1000))).toBeUndefined();
    expect(refusals).toEqual(["time"]);
  });

  test.each([
    [undefined, 1],
    [0, 60],
    [1_000_000, 1],
    [100, 5],
    [40, 12],
    [1, 60],
  ])("tells to come back, at %p tokens a second, after %d s", (speed, seconds) => {
    const measured: { speed?: number | undefined } = {};
    const { reserve } = create({ tokensPerSecond: () => measured.speed });
    reserve("a", 450);
    reserve("b", 400);
    measured.speed = speed;
    expect(refusal(() => reserve("c", 100))?.details?.["retryAfterSeconds"]).toBe(seconds);
  });

  test("lets one in that is alone, however slow it is", () => {
    const { reserve } = create({ tokensPerSecond: () => 0 });
    expect(refusal(() => reserve("a", 5000))).toBeUndefined();
  });
});

describe("figures()", () => {
  test("shows what is in, the bounds and the speed", () => {
    const { admission, reserve } = create({ tokensPerSecond: () => 7 });
    admission.enter("a");
    reserve("a", 5);
    expect(admission.figures()).toEqual({ tokens: 5, maxTokens: 900, requests: 1, maxRequests: 9, tokensPerSecond: 7 });
  });
});
