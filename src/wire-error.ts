// Errors across the borders of processes and threads, where class and cause are lost: everything a person is told is kept,
// and what lies behind it goes along as text for the log.
import * as v from "valibot";
import type { ErrorCode } from "./errors.ts";
import { ERRORS, NativeError, resolveError, TermiteError } from "./errors.ts";

/** An error as plain data. */
export const WireErrorSchema = v.object({
  code: v.string(),
  message: v.string(),
  hint: v.exactOptional(v.string()),
  details: v.exactOptional(v.record(v.string(), v.unknown())),
  /** Of a `NativeError`. */
  library: v.exactOptional(v.string()),
  nativeStatus: v.exactOptional(v.number()),
  /** Stacks of the causes, outermost first. For logs: texts that no client may see. */
  cause: v.exactOptional(v.string()),
});
export type WireError = v.InferOutput<typeof WireErrorSchema>;

/** Anything thrown as plain data. An unforeseen error becomes `internal` in constant words. */
export function formatWireError(thrown: unknown): WireError {
  const error = resolveError(thrown);
  return {
    code: error.code,
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.details === undefined ? {} : { details: onlyPlain(error.details) }),
    ...(error instanceof NativeError ? { library: error.library, nativeStatus: error.nativeStatus } : {}),
    ...(error.cause === undefined ? {} : { cause: formatCause(error.cause) }),
  };
}

/** The error that `formatWireError` was given, as far as it crossed. */
export function parseWireError({ code, message, hint, details, library, nativeStatus, cause }: WireError): TermiteError {
  const options = { hint, details, cause: cause === undefined ? undefined : createCause(cause) };
  if (library !== undefined && nativeStatus !== undefined) return new NativeError(library, nativeStatus, message, options);
  return new TermiteError(isErrorCode(code) ? code : "internal", message, options);
}

function formatCause(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause === undefined ? own : `${own}\nCaused by: ${formatCause(error.cause)}`;
}

function createCause(text: string): Error {
  const cause = new Error(text.split("\n", 1)[0]);
  cause.stack = text;
  return cause;
}

/** Values that structured clone takes as they are; a function or a class instance would make `send` throw. */
function onlyPlain(details: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const isPlain = (value: unknown): boolean => value === null || ["string", "number", "boolean"].includes(typeof value);
  return Object.fromEntries(Object.entries(details).filter(([, value]) => isPlain(value)));
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}
