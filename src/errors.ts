// The one error class and the one table of error codes. Everything a person or a client can be told is a code here.
// Grammar of a message: "Cannot <do what>: <what was found>", no final period, values quoted; `hint` is an action.

/** Exit code of the command line and HTTP status of each error code. */
export const ERRORS = {
  usage: { exit: 2, status: 400 },
  interrupted: { exit: 130, status: 499 },
  internal: { exit: 1, status: 500 },

  invalid_config: { exit: 1, status: 500 },
  public_address_refused: { exit: 1, status: 500 },
  address_in_use: { exit: 1, status: 500 },
  address_unavailable: { exit: 1, status: 500 },
  server_unavailable: { exit: 1, status: 500 },

  home_not_writable: { exit: 1, status: 500 },
  home_not_readable: { exit: 1, status: 500 },
  disk_full: { exit: 1, status: 500 },
  noexec_mount: { exit: 1, status: 500 },
  asset_missing: { exit: 1, status: 500 },
  asset_damaged: { exit: 1, status: 500 },
  missing_system_library: { exit: 1, status: 500 },

  invalid_request: { exit: 2, status: 400 },
  unsupported_field: { exit: 2, status: 400 },
  too_many_inputs: { exit: 2, status: 400 },
  empty_inputs: { exit: 2, status: 400 },
  wrong_task: { exit: 2, status: 400 },
  input_too_long: { exit: 1, status: 400 },
  dimensions_not_allowed: { exit: 2, status: 400 },
  body_too_large: { exit: 1, status: 413 },
  text_too_large: { exit: 1, status: 413 },
  unauthorized: { exit: 1, status: 401 },
  forbidden: { exit: 1, status: 403 },
  route_not_found: { exit: 1, status: 404 },
  method_not_allowed: { exit: 1, status: 405 },
  client_closed: { exit: 1, status: 499 },
  overloaded: { exit: 1, status: 429 },
  draining: { exit: 1, status: 503 },
  loading: { exit: 1, status: 503 },
  deadline_exceeded: { exit: 1, status: 504 },

  model_not_found: { exit: 1, status: 404 },
  model_load_failed: { exit: 1, status: 500 },
  unsupported_model: { exit: 1, status: 500 },
  runner_crashed: { exit: 1, status: 500 },
  target_unavailable: { exit: 1, status: 500 },
  native: { exit: 1, status: 500 },

  offline: { exit: 1, status: 500 },
  index_unavailable: { exit: 1, status: 500 },
  package_not_found: { exit: 1, status: 500 },
  download_failed: { exit: 1, status: 500 },
  hash_mismatch: { exit: 1, status: 500 },
  invalid_wheel: { exit: 1, status: 500 },

  unknown_plugin: { exit: 2, status: 500 },
  plugin_refused: { exit: 1, status: 500 },
  plugin_not_installed: { exit: 1, status: 500 },
  plugin_damaged: { exit: 1, status: 500 },
  plugin_in_use: { exit: 1, status: 500 },
  plugins_not_writable: { exit: 1, status: 500 },
  invalid_plugin_lock: { exit: 1, status: 500 },
  invalid_bundle: { exit: 1, status: 500 },
  installing: { exit: 1, status: 503 },
} as const satisfies Record<string, { exit: number; status: number }>;

export type ErrorCode = keyof typeof ERRORS;

export interface TermiteErrorOptions {
  /** A command or an action that mends it. */
  hint?: string | undefined;
  cause?: unknown;
  /** Machine-readable facts: request parameter, both numbers of a limit, the list of configuration problems. */
  details?: Readonly<Record<string, unknown>> | undefined;
}

/** Every expected failure. `message` never holds a stack, a credential, or (where it can reach a client) a path. */
export class TermiteError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string, options: TermiteErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "TermiteError";
    this.code = code;
    this.hint = options.hint;
    this.details = options.details;
  }

  get exitCode(): number {
    return ERRORS[this.code].exit;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}

/** A non-zero status of a native library. `library` is its name ("onnxruntime"), `nativeStatus` the library's own code. */
export class NativeError extends TermiteError {
  readonly library: string;
  readonly nativeStatus: number;

  constructor(library: string, nativeStatus: number, message: string, options: TermiteErrorOptions = {}) {
    super("native", message, options);
    this.name = "NativeError";
    this.library = library;
    this.nativeStatus = nativeStatus;
  }
}

/** The error itself; anything unforeseen becomes `internal` in constant words, which tell a client nothing, as its cause. */
export function resolveError(error: unknown): TermiteError {
  if (error instanceof TermiteError) return error;
  return new TermiteError("internal", "Cannot answer the request: internal error", { cause: error });
}

/** What a caught value says, for logs and for the end of our own messages. May hold a path. */
export function formatError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The short code of a failure of the system or the runtime ("EACCES", "ECONNREFUSED"), which never holds a path. */
export function findErrorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

export function hasErrorCode(error: unknown, codes: readonly string[]): boolean {
  return codes.includes(findErrorCode(error) ?? "");
}
