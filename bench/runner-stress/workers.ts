// The design that the product has: as many Workers as cores on one session.
import { openOnnxBackend } from "../../src/backends/onnx/open-backend.ts";
import { HEAD } from "./workload.ts";
import type { Design } from "./workload.ts";

export async function openWorkers(libraryPath: string, graphFile: string, cores: number): Promise<Design> {
  const backend = await openOnnxBackend({ libraryPath, cores });
  const session = await backend.open({ graphFile });
  return {
    async run(batch) {
      const result = await session.run(batch, HEAD);
      if (result.kind !== "dense") throw new TypeError(`found a ${result.kind} result`);
      return result.data;
    },
    async close() {
      await session.close();
      await backend.close();
    },
  };
}
