// The compiled server over the tiny models of every task, which are told in its configuration as a user would.
import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { writeTaskModels } from "../fixtures/task-models.ts";
import { createFolder, startServer } from "./termite.ts";
import type { RunningServer } from "./termite.ts";

export interface TaskServer {
  url: string;
  close: () => Promise<void>;
}

const SETTINGS = {
  default_model: {
    embed: "my-embedder", rerank: "my-reranker", classify: "my-classifier", recognize: "my-recognizer", sparse: "my-sparse-model",
  },
  aliases: { "text-embedding-3-small": "my-embedder", "rerank-v3.5": "my-reranker" },
};

/** `settings` are keys of `termite.yaml`, which JSON is accepted as. */
export async function startTaskServer(settings: Readonly<Record<string, unknown>> = {}): Promise<TaskServer> {
  const folder = createFolder();
  const config = join(folder.path, "termite.yaml");
  const modelsDir = join(folder.path, "models");
  writeTaskModels(modelsDir);
  writeFileSync(config, JSON.stringify({ ...SETTINGS, ...settings, models_dir: modelsDir }));
  const server: RunningServer = await startServer({ home: folder.path, args: ["--config", config] });
  const close = async (): Promise<void> => {
    server.kill("SIGKILL");
    await server.exited;
    folder.remove();
  };
  return { url: server.url, close };
}

export interface Answer {
  status: number;
  body: unknown;
}

export async function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const sent = { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
  const response = await fetch(url, sent);
  const text = await response.text();
  return { status: response.status, body: text === "" ? "" : JSON.parse(text) };
}

export async function get(url: string, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(url, { headers });
  const text = await response.text();
  return { status: response.status, body: text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : text };
}

const DIGITS = 5;

/** With every number rounded, so that a comparison does not ask for the last bit of a float32. Matchers stay as they are. */
export function round(value: unknown): unknown {
  if (typeof value === "number") return Number(value.toFixed(DIGITS)) + 0;
  if (Array.isArray(value)) return value.map(round);
  const isPlain = typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  return isPlain ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, round(member)])) : value;
}
