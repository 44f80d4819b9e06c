// The load client in a process of its own: takes requests line by line, one at a time.
import { openBareEngine } from "./bare-line.ts";
import type { BareEngine } from "./bare-line.ts";
import { createHttpLine } from "./http-line.ts";
import type { HttpRoute } from "./http-line.ts";
import type { Line } from "./line.ts";
import { runLoad } from "./load.ts";
import type { Reply, Request } from "./protocol.ts";

let bare: BareEngine | undefined;

async function answer(request: Request): Promise<Reply> {
  switch (request.kind) {
    case "open-bare":
      await bare?.close();
      bare = openBareEngine(request.command);
      return { kind: "opened", pid: bare.pid };
    case "load": return { kind: "figures", figures: await runLoad(resolveLine(request.route), request.load) };
    case "embed": {
      const { texts, route } = request;
      const line = resolveLine(route);
      return { kind: "vectors", vectors: line.parse(await line.send(texts), texts.length).map((vector) => [...vector]) };
    }
    case "time": return { kind: "times", timesMs: await resolveBare().time(request.texts) };
  }
}

const resolveLine = (route: HttpRoute | undefined): Line => (route === undefined ? resolveBare().line : createHttpLine(route));

function resolveBare(): BareEngine {
  if (bare === undefined) throw new TypeError("Cannot measure: the bare engine was not started");
  return bare;
}

for await (const line of console) {
  // The end of the input is an empty line.
  if (line === "") break;
  const request: Request = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(await answer(request))}\n`);
}
await bare?.close();
