// An ONNX model as the converter sees it: plain data, free of protobuf, functions inlined, nodes in order of use.
import type { DataType } from "../convert/data-type.ts";

/** A tensor of the file. `bytes` is a view of the file where that is possible, decoded anew each time where it is not. */
export interface OnnxTensor {
  type: DataType;
  dims: readonly number[];
  /** Row-major, as carried (see convert/data-type.ts). Throws for strings. */
  readonly bytes: Uint8Array;
}

export type OnnxAttribute =
  | { kind: "float"; value: number }
  | { kind: "int"; value: bigint }
  | { kind: "string"; value: string }
  | { kind: "floats"; value: readonly number[] }
  | { kind: "ints"; value: readonly bigint[] }
  | { kind: "strings"; value: readonly string[] }
  | { kind: "tensor"; value: OnnxTensor }
  | { kind: "graph"; value: OnnxGraph }
  /** Of a function's body: the value of the caller's attribute of that name. */
  | { kind: "reference"; value: string }
  /** Sparse tensors, types, lists of tensors: an operator that asks for one is refused. */
  | { kind: "other"; value: string };

export interface OnnxNode {
  /** Empty where the file gives none. */
  name: string;
  /** "" is ai.onnx. */
  domain: string;
  op: string;
  /** Of the operator's domain. */
  opset: number;
  /** "" is an input that is left out. */
  inputs: readonly string[];
  /** "" is an output that nobody wants. */
  outputs: readonly string[];
  attributes: ReadonlyMap<string, OnnxAttribute>;
}

/** What the file says of a value: of a tensor, of the items of a sequence, of what an optional holds. */
export interface OnnxValueInfo {
  name: string;
  kind: "tensor" | "sequence" | "optional" | "other";
  /** Whether an optional holds a sequence. */
  isSequence?: boolean;
  type?: DataType;
  /** A number, a symbol, or `undefined`; absent when even the rank is unknown. */
  dims?: readonly (number | string | undefined)[];
}

export interface OnnxGraph {
  /** Without those that an initializer gives a value. */
  inputs: readonly OnnxValueInfo[];
  outputs: readonly OnnxValueInfo[];
  initializers: ReadonlyMap<string, OnnxTensor>;
  nodes: readonly OnnxNode[];
}

export interface OnnxModel {
  irVersion: number;
  /** Opset by domain; "" is ai.onnx. */
  opsets: ReadonlyMap<string, number>;
  graph: OnnxGraph;
}

/** "ai.onnx" is written as "". */
export const normalizeDomain = (domain: string): string => (domain === "ai.onnx" ? "" : domain);
