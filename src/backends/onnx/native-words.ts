// ONNX Runtime's error texts in words that may reach a client: no path, no source location, no final period.
import { dirname, sep } from "node:path";
import { stripFolders } from "../../strip-folders.ts";

// "Load model from /m/model.onnx failed:Load model /m/model.onnx failed. File doesn't exist"
const LOAD_PREFIX = /^(Load model (from )?.*? failed[.:]\s*)+/;
// "Non-zero status code returned while running Gather node. Name:'' Status Message: indices element out of …"
const RUN_PREFIX = /^Non-zero status code returned while running (\S+) node\. Name:'([^']*)' Status Message: /;
// "/onnxruntime_src/onnxruntime/core/graph/model.cc:181 onnxruntime::Model::Model(…) "
const SOURCE_LOCATION = /(?<![\w./-])(?:[\w.-]*\/)+[\w.-]+\.(?:cc|h):\d+ (?:[\w:~]+\(.*?\) )?/g;

/** `graphFile` is the model's path, when one can stand in the text. A node's name may look like a path, and stays. */
export function formatNativeWords(message: string, graphFile?: string): string {
  const [run, op, name] = RUN_PREFIX.exec(message) ?? [""];
  const node = op === undefined ? "" : name === "" ? `${op}: ` : `${op} "${name}": `;
  const rest = message.slice(run.length);
  const known = graphFile === undefined ? rest : rest.replaceAll(dirname(graphFile) + sep, "");
  const words = stripFolders(known.replace(LOAD_PREFIX, "").replaceAll(SOURCE_LOCATION, ""));
  return node + words.replaceAll(/\s+/g, " ").trim().replace(/\.$/, "");
}
