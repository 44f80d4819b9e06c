// One design in a process of its own: `bun design.ts <workers|run-async> <library> <model.onnx> <calls> <cores>`.
import { measure } from "./measure.ts";
import { openRunAsync } from "./run-async.ts";
import { openWorkers } from "./workers.ts";

const [name = "", libraryPath = "", graphFile = "", calls = "", cores = ""] = process.argv.slice(2);
const open = name === "workers" ? openWorkers : openRunAsync;
const design = await open(libraryPath, graphFile, Number(cores));
process.stdout.write(`${JSON.stringify(await measure(design, Number(calls)))}\n`);
await design.close();
