// How a runner runs without blocking itself: Workers that share a session, or `RunAsync`, each in its own process.
// `bun bench/runner-stress/run.ts <model.onnx> [calls] [cores]`
import { availableParallelism } from "node:os";
import { LIBRARY_PATH } from "../../test/fixtures/onnxruntime.ts";

const [graphFile, calls = "100000", cores = String(availableParallelism())] = process.argv.slice(2);
if (graphFile === undefined) throw new TypeError("Cannot run the bench: found no model file in the arguments");

for (const name of ["workers", "run-async"]) {
  const script = `${import.meta.dir}/design.ts`;
  const command = [process.execPath, script, name, LIBRARY_PATH, graphFile, calls, cores];
  const child = Bun.spawn(command, { stderr: "inherit" });
  const report = await new Response(child.stdout).text();
  process.stdout.write(`${name}: exit ${await child.exited} ${report}`);
}
