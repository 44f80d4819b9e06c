// One engine in a process of its own, asked line by line.
import { startLineChild } from "../line-child.ts";
import type { Reply, Request } from "./protocol.ts";

export interface Child {
  name: string;
  /** What the engine calls itself. */
  engine: string;
  ask(request: Request): Promise<Reply>;
  stop(): Promise<void>;
}

/** Gives the reason instead where the engine cannot be measured here. */
export async function startChild(
  name: string, command: readonly string[], environment: Readonly<Record<string, string>>,
): Promise<Child | { lack: string }> {
  const child = startLineChild(name, command, environment);
  const first: Reply = JSON.parse(await child.read());
  if (first.kind === "lack") return { lack: first.reason };
  if (first.kind !== "ready") throw new Error(`Cannot measure ${name}: found reply "${first.kind}"`);
  return {
    name, engine: first.engine,
    ask: async (request): Promise<Reply> => JSON.parse(await child.ask(JSON.stringify(request))),
    stop: child.stop,
  };
}
