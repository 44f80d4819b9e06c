// Entry of a Worker thread that unpacks. Holds nothing but its engine.
import { UnpackEngine } from "./unpack-engine.ts";
import type { UnpackReply, UnpackRequest } from "./unpack-protocol.ts";

declare const self: Worker;

let engine: UnpackEngine | undefined;

self.onmessage = ({ data }: MessageEvent<UnpackRequest>) => {
  engine ??= new UnpackEngine();
  self.postMessage(engine.unpack(data) satisfies UnpackReply);
};
