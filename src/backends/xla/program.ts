// What the converter makes of an ONNX model: weights that are uploaded once, and a StableHLO program for fixed shapes.
import type { Head } from "../../heads/head.ts";

/** Element types by their StableHLO names. */
export type ElementType =
  | "i1" | "i4" | "i8" | "i16" | "i32" | "i64" | "ui4" | "ui8" | "ui16" | "ui32" | "ui64" | "f16" | "bf16" | "f32" | "f64";

/** A tensor of fixed shape; row-major, little-endian, one byte an element for i1. */
export interface HostTensor {
  type: ElementType;
  dims: readonly number[];
  /** A view where the file allows it: valid as long as the model is open. */
  bytes: Uint8Array;
}

/** An argument of `@main`, in order. */
export type ProgramArgument =
  /** A graph input, or one of the head's own: "head:lengths" (i32[batch]), "head:pool_from" (i32[batch]). */
  | { kind: "input"; name: string; type: ElementType; dims: readonly number[] }
  /** One of `PreparedModel.weights`, or one of the head's ("head:step0.weight"): one device copy serves every program. */
  | { kind: "weight"; name: string };

export interface ProgramOutput {
  name: string;
  type: ElementType;
  dims: readonly number[];
}

export interface XlaProgram {
  /** StableHLO as MLIR text: a conservative subset that PJRT 0.81, 0.106 and 0.115 compile alike. */
  text: string;
  arguments: readonly ProgramArgument[];
  outputs: readonly ProgramOutput[];
  /** Data operations in it: 0 when everything folded away. */
  operations: number;
}

export interface GraphInput {
  name: string;
  type: ElementType;
  /** A number, a symbol ("batch") or `undefined` where the file says nothing; absent when even the rank is unknown. */
  dims?: readonly (number | string | undefined)[];
}

export interface ConvertRequest {
  /** Dims of every graph input by name. */
  shapes: Readonly<Record<string, readonly number[]>>;
  /** Values of inputs that an operator uses as shape, axes, pads or the like; conformance only. */
  constants?: Readonly<Record<string, HostTensor>>;
  /** The head that is compiled in by heads/emit-head.ts: only its result comes back. Without one all graph outputs do. */
  head?: Head;
  /** Texts have prompts that pooling leaves out: "head:pool_from" is an argument then, and only then. */
  hasPoolFrom?: boolean;
}

/** A model that was read and checked: unsupported operators were refused, all of them at once. */
export interface PreparedModel {
  inputs: readonly GraphInput[];
  outputs: readonly string[];
  /** Every weight that a program of `convert` so far takes: grows with it. Bytes may be computed when they are read. */
  weights: ReadonlyMap<string, HostTensor>;
  /** Gives up weights that were computed on the host; they are computed again when they are read again. */
  releaseWeights(): void;
  /** By input, the rows of the table that it picks from (`findTableRows`): ids from there on have no row. */
  tableRows?: ReadonlyMap<string, number>;
  /** Throws `unsupported_model` that names node, operator and opset. Pure, milliseconds. */
  convert(request: ConvertRequest): XlaProgram;
}
