// The buffers of a reply that move to the other thread instead of being copied: all JavaScript's own, none native.
import type { WorkerReply } from "./protocol.ts";

export function resultBuffers(reply: WorkerReply): ArrayBuffer[] {
  return listViews(reply).map((view) => view.buffer).filter((buffer) => buffer instanceof ArrayBuffer);
}

function listViews(reply: WorkerReply): ArrayBufferView[] {
  if (reply.kind === "tensors") return Object.values(reply.tensors).map((tensor) => tensor.data);
  if (reply.kind !== "result") return [];
  const { result } = reply;
  return result.kind === "sparse" ? [result.indices, result.values] : [result.data];
}
