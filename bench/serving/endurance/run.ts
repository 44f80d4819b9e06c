// `bun run bench endurance SCENARIO [flags]`: the compiled file under more than it can take, and for long. Exit code 1 where a
// criterion is missed. README.md says what each scenario does.
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runMemory } from "./memory.ts";
import { BGE, MINILM } from "./model-folder.ts";
import { runOverload } from "./overload.ts";
import { formatCriterion, formatFigures, isMet, type Result } from "./report.ts";
import { runSoak } from "./soak.ts";
import { runTwoModels } from "./two-models.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    executable: { type: "string", default: join(import.meta.dir, "..", "..", "..", "dist", "termite") },
    /** Holds `all-minilm-l6-v2/` and `bge-small-en-v15/`, float32. */
    "models-dir": { type: "string" },
    /** More flags for `serve`, in one word: "--cache-mb 0". */
    flags: { type: "string", default: "" },
    /** Of the soak, whose texts come again and again: a cache would answer for the engine. "" for a build that has none. */
    "cache-mb": { type: "string", default: "0" },
    seconds: { type: "string" },
    minutes: { type: "string", default: "20" },
    clients: { type: "string" },
    factor: { type: "string", default: "4" },
    texts: { type: "string", default: "short" },
    connections: { type: "string", default: "1024" },
    "capacity-seconds": { type: "string", default: "15" },
    "kill-seconds": { type: "string", default: "30" },
    bulk: { type: "string", default: BGE },
    "bulk-clients": { type: "string", default: "4" },
    "bulk-texts": { type: "string", default: "256" },
  },
});

const shared = { executable: values.executable, flags: values.flags.split(" ").filter((word) => word !== "") };
const seconds = (otherwise: number): number => Number(values.seconds ?? otherwise);
const clients = (otherwise: number): number => Number(values.clients ?? otherwise);

const SCENARIOS: Readonly<Record<string, () => Promise<Result & { version: string }>>> = {
  "overload": () => runOverload({
    ...shared,
    seconds: seconds(60),
    capacitySeconds: Number(values["capacity-seconds"]),
    factor: Number(values.factor),
    texts: values.texts === "long" ? "long" : "short",
    maxConnections: Number(values.connections),
  }),
  "two-models": () => runTwoModels({
    ...shared,
    modelsDir: requireModels(),
    seconds: seconds(45),
    bulk: values.bulk === MINILM ? MINILM : BGE,
    bulkClients: Number(values["bulk-clients"]),
    bulkTexts: Number(values["bulk-texts"]),
    bulkKind: values.texts === "long" ? "long" : "short",
    shortClients: clients(2),
  }),
  "soak": () => runSoak({
    ...shared,
    flags: [...shared.flags, ...(values["cache-mb"] === "" ? [] : ["--cache-mb", values["cache-mb"]])],
    modelsDir: requireModels(),
    minutes: Number(values.minutes),
    clients: clients(6),
    killSeconds: Number(values["kill-seconds"]),
  }),
  "memory": () => runMemory({ ...shared, modelsDir: requireModels(), seconds: seconds(30), clients: clients(6) }),
};

function requireModels(): string {
  const folder = values["models-dir"];
  if (folder === undefined) throw new Error(`Cannot run the scenario: need --models-dir with ${MINILM} and ${BGE}`);
  return folder;
}

const [name = ""] = positionals;
const scenario = Object.hasOwn(SCENARIOS, name) ? SCENARIOS[name] : undefined;
if (scenario === undefined) throw new Error(`Cannot run scenario "${name}": need one of ${Object.keys(SCENARIOS).join(", ")}`);
const { version, criteria, figures } = await scenario();
const isPassed = criteria.every(isMet);
if (values.json) {
  const judged = criteria.map((criterion) => ({ ...criterion, isMet: isMet(criterion) }));
  console.log(JSON.stringify({ scenario: name, version, cores: cpus().length, isPassed, criteria: judged, figures }, null, 2));
} else {
  console.log([`${name}, ${version}, ${cpus().length} cores`, ...criteria.map(formatCriterion), ...formatFigures(figures)].join("\n"));
}
process.exit(isPassed ? 0 : 1);
