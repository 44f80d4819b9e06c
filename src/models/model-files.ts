// One model's files, read as foreign data: with a size limit, a schema and an error that names the model and the file
// (never its path). Remembers every file that was asked for, also the absent ones, because a change in one of them
// changes the answer.
import { basename, isAbsolute, join, normalize } from "node:path";
import * as v from "valibot";
import { TermiteError } from "../errors.ts";
import { findFileState, formatSystemError, type FileStates } from "./file-state.ts";

const JSON_LIMIT_BYTES = 8 * 1024 * 1024;

export interface ModelFiles {
  readonly model: string;
  /** Absolute path of the file `name` ("1_Pooling/config.json"); `undefined` when absent, throws when it is no file. */
  find(name: string): Promise<string | undefined>;
  /** `undefined` when absent; `model_load_failed` when too large or unreadable. */
  readBytes(name: string, limitBytes: number): Promise<Uint8Array | undefined>;
  /** `undefined` when absent; `model_load_failed` when it is not what the schema says. */
  readJson<Schema extends v.GenericSchema>(name: string, schema: Schema): Promise<v.InferOutput<Schema> | undefined>;
  /** Adds a file that the folder was found by to what was asked for; throws when it is no file. */
  watch(path: string): Promise<void>;
  /** Everything that was asked for, as it was before it was read. */
  readonly states: FileStates;
}

export function openModelFiles(folder: string, model: string): ModelFiles {
  const states: FileStates = new Map();
  /** Whoever opens a pipe waits for its writer, and a device has no end: neither is ever opened. */
  const findState = async (path: string, name: string) => {
    if (!states.has(path)) states.set(path, await findFileState(path));
    const state = states.get(path);
    if (state === undefined || state.kind === "file") return state;
    throw createLoadError(model, `found "${name}", which is no file`);
  };
  const find = async (name: string) => {
    const path = join(folder, checkInside(model, name));
    return (await findState(path, name)) === undefined ? undefined : path;
  };
  const readBytes = async (name: string, limitBytes: number) => {
    const path = await find(name);
    if (path === undefined) return undefined;
    const sizeBytes = states.get(path)?.sizeBytes ?? 0;
    if (sizeBytes > limitBytes) {
      throw createLoadError(model, `found ${sizeBytes} bytes in "${name}", need ${limitBytes} or fewer`);
    }
    // What is longer by now, or says nothing of its length, is read no further.
    return await Bun.file(path).slice(0, sizeBytes).bytes().catch((cause: unknown) => {
      throw createLoadError(model, `"${name}" cannot be read (${formatSystemError(cause)})`, { cause });
    });
  };
  const readJson: ModelFiles["readJson"] = async (name, schema) => {
    const bytes = await readBytes(name, JSON_LIMIT_BYTES);
    return bytes === undefined ? undefined : checkJson(model, name, bytes, schema);
  };
  const watch = async (path: string) => void (await findState(path, basename(path)));
  return { model, find, readBytes, readJson, watch, states };
}

/** The one form of "it is there and cannot load". `found` never holds a path. */
export function createLoadError(
  model: string,
  found: string,
  options: { hint?: string; cause?: unknown } = {},
): TermiteError {
  const message = `Cannot load model "${model}": ${found}`;
  return new TermiteError("model_load_failed", message, { ...options, details: { model } });
}

/** `modules.json` names folders: one that leads out of the model is refused. */
function checkInside(model: string, name: string): string {
  const plain = normalize(name);
  if (isAbsolute(plain) || plain.split("/").includes("..") || plain.includes("\0")) {
    throw createLoadError(model, `found the name ${JSON.stringify(name)}, which leads out of the model's folder`);
  }
  return plain;
}

function checkJson<Schema extends v.GenericSchema>(
  model: string,
  name: string,
  bytes: Uint8Array,
  schema: Schema,
): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, parseJson(model, name, bytes), { abortEarly: true });
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  const place = v.getDotPath(issue);
  const found = issue.received.length > 80 ? `${issue.received.slice(0, 80)}…` : issue.received;
  const where = place === null ? `in "${name}"` : `at "${place}" in "${name}"`;
  throw createLoadError(model, `found ${found} ${where}, need ${issue.expected ?? issue.message}`);
}

function parseJson(model: string, name: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw createLoadError(model, `"${name}" is not valid JSON`, { cause });
  }
}
