// `bun bench/device/run.ts --model FOLDER [--plugins onnx:cuda,xla:cuda] [--index URL-OR-FOLDER] [--rehearse DIR] [--json]`: cuts the compiled
// file, a model and plugins into what calls to a machine with a GPU and without a network may carry, and prints those calls in order.
// --rehearse plays them all here. See README.md for how to go through them.
import { rmSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { formatBundle, packExecutable, packModel, packPlugin, packProgram, writeCall } from "./cargo.ts";
import { CALLS_FOLDER, checkCall, DEVICE_LIMITS, formatSums, formatWhole, planCalls } from "./plan.ts";
import type { DeviceCall, Stage } from "./plan.ts";
import { rehearse } from "./rehearse.ts";
import { measureTree } from "./working-tree.ts";

const ROOT = join(import.meta.dir, "../..");
const FOLDER = join(ROOT, "dist/device");
/** For what the tree grows by between planning and calling, and for names and modes on the way. */
const SPARE_BYTES = 3 * 2 ** 20;

const { values } = parseArgs({
  options: {
    model: { type: "string", default: join(ROOT, ".cache/acceptance/models/all-MiniLM-L6-v2") },
    plugins: { type: "string", default: "onnx:cuda" },
    index: { type: "string" },
    executable: { type: "string", default: join(ROOT, "dist/termite") },
    rehearse: { type: "string" },
    json: { type: "boolean", default: false },
  },
});

/** `--force` and an engine that every machine has: without a GPU there is no other way to go through the steps. */
const REHEARSED = "--force --engines";

function createStages(cargo: Awaited<ReturnType<typeof packAll>>): Stage[] {
  const measure = `bash bench/device/measure.sh --model ${basename(values.model)}`;
  const plugins = cargo.plugins.map(({ plugin, bundle }) => {
    const flags = values.rehearse === undefined ? "" : ` ${REHEARSED} ${plugin},xla:cpu`;
    return { title: `install and measure ${plugin}`, cargo: [bundle], command: `${measure} --plugin ${plugin} --only install,answers,served,alone,trial${flags}` };
  });
  return [{ title: "what the machine is", cargo: cargo.base, command: measure }, ...plugins];
}

async function packAll() {
  const options = { executable: resolve(values.executable), folder: FOLDER };
  const base = [await packProgram(options), await packExecutable(options), await packModel(resolve(values.model), options)];
  const plugins = [];
  for (const plugin of values.plugins.split(",")) {
    show(`packing ${formatBundle(plugin)}`);
    plugins.push({ plugin, bundle: await packPlugin({ ...options, plugin, index: values.index }) });
  }
  return { base, plugins };
}

const show = (line: string): void => console.error(line);

/** As the tool takes it. */
const formatCall = ({ command, carry, timeoutSeconds }: DeviceCall): string =>
  JSON.stringify({ command, ...(carry.length > 0 && { carry }), timeout_s: timeoutSeconds });

rmSync(FOLDER, { recursive: true, force: true });
show("packing the compiled file, the program and the model");
const cargo = await packAll();
const treeBytes = await measureTree(ROOT);
const calls = planCalls(createStages(cargo), DEVICE_LIMITS.travelBytes - treeBytes - SPARE_BYTES);
for (const call of calls) {
  const problems = checkCall(call, treeBytes);
  if (problems.length > 0) throw new Error(problems.join("\n"));
  const [target] = call.carry;
  if (target !== undefined) await writeCall(FOLDER, { sums: formatSums(call), whole: formatWhole(call), pieces: call.pieces }, join(ROOT, target));
}
if (values.json) console.log(JSON.stringify(calls.map(({ title, command, carry, timeoutSeconds }) => ({ title, command, carry, timeoutSeconds })), null, 2));
else console.log(calls.map((call) => `# ${call.title}\n${formatCall(call)}`).join("\n"));
show(`${calls.length} calls; the tree is ${(treeBytes / 1e6).toFixed(1)} MB; the pieces are in ${CALLS_FOLDER}`);
if (values.rehearse !== undefined) {
  const results = await rehearse(calls, { root: ROOT, treeBytes, folder: resolve(values.rehearse), show });
  console.log(JSON.stringify(Object.fromEntries(results), null, 2));
}
