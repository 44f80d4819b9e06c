// Opens an `.onnx` file: protobuf read over a mapping of the file, so that weights are views and no copies.
import { readFileSync, statSync } from "node:fs";
import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import type { ModelProto } from "onnx-buf";
import { formatError, TermiteError } from "../../../errors.ts";
import { createExternalFiles } from "./external-data.ts";
import { inlineFunctions, readFunctions } from "./inline-functions.ts";
import { brokenModel, unsupportedModel } from "./onnx-error.ts";
import { normalizeDomain } from "./onnx-model.ts";
import type { OnnxModel } from "./onnx-model.ts";
import { readGraph } from "./read-graph.ts";
import { sortGraph } from "./sort-graph.ts";

/** Opsets of ai.onnx that the table of operators was written for. */
export const OPSETS = { first: 7, last: 28 } as const;

/**
 * Reads and checks the whole graph; nodes come sorted, without dead ones and with local functions inlined. Throws
 * `model_load_failed` for a broken file, `unsupported_model` for a right one that we cannot read. Weights stay views of
 * the mapped file: whoever replaces a model writes a new file and renames it.
 */
export function openOnnxModel(graphFile: string): OnnxModel {
  const proto = parseModel(mapFile(graphFile));
  try {
    return readModel(proto, graphFile);
  } catch (error) {
    if (error instanceof TermiteError) throw error;
    throw brokenModel(error instanceof RangeError ? "it is nested too deep" : formatError(error), error);
  }
}

function readModel(proto: ModelProto, graphFile: string): OnnxModel {
  if (proto.graph === undefined) throw brokenModel("it has no graph");
  const opsets = new Map(proto.opsetImport.map(({ domain, version }) => [normalizeDomain(domain), Number(version)]));
  if (opsets.size === 0) throw brokenModel("it names no opset");
  const opset = opsets.get("");
  if (opset !== undefined && (opset < OPSETS.first || opset > OPSETS.last)) {
    throw unsupportedModel(`found opset ${opset}, need ${OPSETS.first} to ${OPSETS.last}`);
  }
  const files = createExternalFiles(graphFile);
  const functions = readFunctions(proto.functions, files);
  const graph = sortGraph(inlineFunctions(readGraph(proto.graph, { files, opsets }), functions));
  return { irVersion: Number(proto.irVersion), opsets, graph };
}

function parseModel(bytes: Uint8Array): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false });
  } catch (error) {
    throw brokenModel("it is no ONNX model, or it is cut off", error);
  }
}

/** Private and read only in effect: nothing of ours writes to it. */
function mapFile(graphFile: string): Uint8Array {
  const stat = statSync(graphFile, { throwIfNoEntry: false });
  if (stat?.isFile() !== true) throw brokenModel("the graph file is missing");
  if (stat.size === 0) throw brokenModel("the graph file is empty");
  return process.platform === "win32" ? readFileSync(graphFile) : Bun.mmap(graphFile, { shared: false });
}
