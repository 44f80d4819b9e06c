// The load client as the bench drives it. All texts of one bench have numbers of their own, so that none is sent twice.
import { join } from "node:path";
import { startLineChild } from "../line-child.ts";
import type { HttpRoute } from "./client/http-line.ts";
import type { Figures, Load } from "./client/load.ts";
import type { Reply, Request } from "./client/protocol.ts";

export interface LoadClient {
  /** Starts the bare engine in place of the one before; its process id. */
  openBare(command: readonly string[]): Promise<number>;
  load(load: Omit<Load, "first">, route?: HttpRoute): Promise<Figures>;
  embed(texts: readonly string[], route?: HttpRoute): Promise<readonly (readonly number[])[]>;
  /** Milliseconds of each text inside the bare engine. */
  time(texts: readonly string[]): Promise<readonly number[]>;
  stop(): Promise<void>;
}

export function startLoadClient(): LoadClient {
  const environment = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? ""]));
  const child = startLineChild("load client", [process.execPath, join(import.meta.dir, "client", "client.ts")], environment);
  const ask = async (request: Request): Promise<Reply> => JSON.parse(await child.ask(JSON.stringify(request)));
  let next = 0;
  return {
    async openBare(command) {
      const reply = await ask({ kind: "open-bare", command });
      return reply.kind === "opened" ? reply.pid : refuse(reply);
    },
    async load(load, route) {
      const reply = await ask({ kind: "load", load: { ...load, first: next }, route });
      if (reply.kind !== "figures") return refuse(reply);
      next = reply.figures.next;
      return reply.figures;
    },
    async embed(texts, route) {
      const reply = await ask({ kind: "embed", texts, route });
      return reply.kind === "vectors" ? reply.vectors : refuse(reply);
    },
    async time(texts) {
      const reply = await ask({ kind: "time", texts });
      return reply.kind === "times" ? reply.timesMs : refuse(reply);
    },
    stop: child.stop,
  };
}

function refuse({ kind }: Reply): never {
  throw new TypeError(`Cannot measure: found reply "${kind}"`);
}
