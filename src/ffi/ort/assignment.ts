// Which execution provider runs which operators of a session: the proof that a GPU does the work.
import { checkedPointer, createNativeBuffer, createNativeView, parseAddress, readCString } from "../memory.ts";
import type { Address } from "../memory.ts";
import { withAssignmentFunctions } from "./api.ts";
import type { Ort } from "./api.ts";
import type { AssignmentFunctions } from "./symbols.ts";

/** Key of a session's options: without it nothing is recorded and `readAssignment` throws. */
export const RECORDS_ASSIGNMENT = "session.record_ep_graph_assignment_info";

/** The nodes that one provider runs. */
export interface Assignment {
  /** "CUDAExecutionProvider" */
  provider: string;
  /** Of each of its nodes: "MatMul". */
  operators: readonly string[];
}

/** `undefined` where the library is older than 1.24, which has no such answer. */
export function readAssignment(ort: Ort, session: Address): Assignment[] | undefined {
  return withAssignmentFunctions(ort, (functions) => {
    const reader = { ort, functions, array: createNativeBuffer(8), count: createNativeBuffer(8) };
    const { array, count } = reader;
    ort.check(functions.Session_GetEpGraphAssignmentInfo(session, array.address, count.address));
    return readPointers(reader).map((subgraph) => readSubgraph(reader, subgraph));
  });
}

interface Reader {
  ort: Ort;
  functions: AssignmentFunctions;
  /** `out` parameters of a list: where it begins, how long it is. */
  array: ReturnType<typeof createNativeBuffer>;
  count: ReturnType<typeof createNativeBuffer>;
}

function readSubgraph(reader: Reader, subgraph: Address): Assignment {
  const { ort, functions, array, count } = reader;
  ort.check(functions.EpAssignedSubgraph_GetEpName(subgraph, ort.out.address));
  const provider = readCString(checkedPointer(ort.out));
  ort.check(functions.EpAssignedSubgraph_GetNodes(subgraph, array.address, count.address));
  const operators = readPointers(reader).map((node) => {
    ort.check(functions.EpAssignedNode_GetOperatorType(node, ort.out.address));
    return readCString(checkedPointer(ort.out));
  });
  return { provider, operators };
}

/** SAFETY: the list and what it points at are the session's own; the addresses are used before it is released. */
function readPointers({ array, count }: Reader): Address[] {
  const length = Number(count.view.getBigUint64(0, true));
  if (length === 0) return [];
  const table = new DataView(createNativeView(checkedPointer(array), length * 8));
  return Array.from({ length }, (_, i) => parseAddress(Number(table.getBigUint64(i * 8, true))));
}
