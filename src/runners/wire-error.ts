// Errors across the process border: class and cause are lost, everything a person is told is kept.
import type { ErrorCode } from "../errors.ts";
import { ERRORS, NativeError, TermiteError } from "../errors.ts";
import type { WireError } from "./protocol.ts";

/** Anything thrown as plain data. An unforeseen error becomes `internal` and keeps its stack for the log. */
export function formatWireError(error: unknown): WireError {
  if (!(error instanceof TermiteError)) return formatUnforeseen(error);
  return {
    code: error.code,
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.details === undefined ? {} : { details: onlyPlain(error.details) }),
    ...(error instanceof NativeError ? { library: error.library, nativeStatus: error.nativeStatus } : {}),
  };
}

/** The error that `formatWireError` was given, as far as it crossed. */
export function parseWireError({ code, message, hint, details, library, nativeStatus, stack }: WireError): TermiteError {
  const options = { hint, details, cause: stack === undefined ? undefined : createCause(message, stack) };
  if (library !== undefined && nativeStatus !== undefined) return new NativeError(library, nativeStatus, message, options);
  return new TermiteError(isErrorCode(code) ? code : "internal", message, options);
}

function formatUnforeseen(error: unknown): WireError {
  if (!(error instanceof Error)) return { code: "internal", message: String(error) };
  return { code: "internal", message: error.message, ...(error.stack === undefined ? {} : { stack: error.stack }) };
}

function createCause(message: string, stack: string): Error {
  const cause = new Error(message);
  cause.stack = stack;
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
