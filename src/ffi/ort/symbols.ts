// The functions of `OrtApi` that we call: slot in the table, arguments with their names in `onnxruntime_c_api.h`.
// Every function that returns "ptr" returns `OrtStatus*`, null for success; the `Release*` functions return nothing.
import type { FFIFunction } from "bun:ffi";
import type { Address } from "../memory.ts";

/** The API version asked for: the oldest that has every slot below and the plugin execution providers. */
export const ORT_API_VERSION = 22;

export interface OrtFunction extends FFIFunction {
  readonly slot: number;
  readonly args: readonly NativeType[];
  readonly returns: NativeType;
}

type NativeType = "ptr" | "i32" | "u32" | "u64" | "void";

export const ORT_FUNCTIONS = {
  GetErrorCode: { slot: 1, args: ["ptr" /* const OrtStatus* status */], returns: "i32" },
  GetErrorMessage: { slot: 2, args: ["ptr" /* const OrtStatus* status */], returns: "ptr" /* const char* */ },
  CreateEnv: {
    slot: 3,
    args: ["i32" /* OrtLoggingLevel log_severity_level */, "ptr" /* const char* logid */, "ptr" /* OrtEnv** out */],
    returns: "ptr",
  },
  CreateSession: {
    slot: 7,
    args: [
      "ptr" /* const OrtEnv* env */, "ptr" /* const ORTCHAR_T* model_path */,
      "ptr" /* const OrtSessionOptions* options */, "ptr" /* OrtSession** out */,
    ],
    returns: "ptr",
  },
  CreateSessionFromArray: {
    slot: 8,
    args: [
      "ptr" /* const OrtEnv* env */, "ptr" /* const void* model_data */, "u64" /* size_t model_data_length */,
      "ptr" /* const OrtSessionOptions* options */, "ptr" /* OrtSession** out */,
    ],
    returns: "ptr",
  },
  Run: {
    slot: 9,
    args: [
      "ptr" /* OrtSession* session */, "ptr" /* const OrtRunOptions* run_options */,
      "ptr" /* const char* const* input_names */, "ptr" /* const OrtValue* const* inputs */,
      "u64" /* size_t input_len */,
      "ptr" /* const char* const* output_names */, "u64" /* size_t output_names_len */, "ptr" /* OrtValue** outputs */,
    ],
    returns: "ptr",
  },
  CreateSessionOptions: { slot: 10, args: ["ptr" /* OrtSessionOptions** options */], returns: "ptr" },
  DisableMemPattern: { slot: 17, args: ["ptr" /* OrtSessionOptions* options */], returns: "ptr" },
  SetSessionLogSeverityLevel: {
    slot: 22,
    args: ["ptr" /* OrtSessionOptions* options */, "i32" /* int session_log_severity_level */],
    returns: "ptr",
  },
  SetIntraOpNumThreads: {
    slot: 24,
    args: ["ptr" /* OrtSessionOptions* options */, "i32" /* int intra_op_num_threads */],
    returns: "ptr",
  },
  SessionGetInputCount: {
    slot: 30, args: ["ptr" /* const OrtSession* session */, "ptr" /* size_t* out */], returns: "ptr",
  },
  SessionGetOutputCount: {
    slot: 31, args: ["ptr" /* const OrtSession* session */, "ptr" /* size_t* out */], returns: "ptr",
  },
  SessionGetInputTypeInfo: {
    slot: 33,
    args: ["ptr" /* const OrtSession* session */, "u64" /* size_t index */, "ptr" /* OrtTypeInfo** type_info */],
    returns: "ptr",
  },
  SessionGetOutputTypeInfo: {
    slot: 34,
    args: ["ptr" /* const OrtSession* session */, "u64" /* size_t index */, "ptr" /* OrtTypeInfo** type_info */],
    returns: "ptr",
  },
  SessionGetInputName: {
    slot: 36,
    args: [
      "ptr" /* const OrtSession* session */, "u64" /* size_t index */,
      "ptr" /* OrtAllocator* allocator */, "ptr" /* char** value */,
    ],
    returns: "ptr",
  },
  SessionGetOutputName: {
    slot: 37,
    args: [
      "ptr" /* const OrtSession* session */, "u64" /* size_t index */,
      "ptr" /* OrtAllocator* allocator */, "ptr" /* char** value */,
    ],
    returns: "ptr",
  },
  CreateRunOptions: { slot: 39, args: ["ptr" /* OrtRunOptions** out */], returns: "ptr" },
  RunOptionsSetTerminate: { slot: 46, args: ["ptr" /* OrtRunOptions* options */], returns: "ptr" },
  RunOptionsUnsetTerminate: { slot: 47, args: ["ptr" /* OrtRunOptions* options */], returns: "ptr" },
  CreateTensorWithDataAsOrtValue: {
    slot: 49,
    args: [
      "ptr" /* const OrtMemoryInfo* info */, "ptr" /* void* p_data */, "u64" /* size_t p_data_len, in bytes */,
      "ptr" /* const int64_t* shape */, "u64" /* size_t shape_len */, "i32" /* ONNXTensorElementDataType type */,
      "ptr" /* OrtValue** out */,
    ],
    returns: "ptr",
  },
  IsTensor: { slot: 50, args: ["ptr" /* const OrtValue* value */, "ptr" /* int* out */], returns: "ptr" },
  GetTensorMutableData: { slot: 51, args: ["ptr" /* OrtValue* value */, "ptr" /* void** out */], returns: "ptr" },
  CastTypeInfoToTensorInfo: {
    slot: 55,
    args: ["ptr" /* const OrtTypeInfo* type_info */, "ptr" /* const OrtTensorTypeAndShapeInfo** out, borrowed */],
    returns: "ptr",
  },
  GetTensorElementType: {
    slot: 60,
    args: ["ptr" /* const OrtTensorTypeAndShapeInfo* info */, "ptr" /* enum ONNXTensorElementDataType* out */],
    returns: "ptr",
  },
  GetDimensionsCount: {
    slot: 61, args: ["ptr" /* const OrtTensorTypeAndShapeInfo* info */, "ptr" /* size_t* out */], returns: "ptr",
  },
  GetDimensions: {
    slot: 62,
    args: [
      "ptr" /* const OrtTensorTypeAndShapeInfo* info */, "ptr" /* int64_t* dim_values */,
      "u64" /* size_t dim_values_length */,
    ],
    returns: "ptr",
  },
  GetTensorTypeAndShape: {
    slot: 65,
    args: ["ptr" /* const OrtValue* value */, "ptr" /* OrtTensorTypeAndShapeInfo** out */],
    returns: "ptr",
  },
  CreateCpuMemoryInfo: {
    slot: 69,
    args: [
      "i32" /* enum OrtAllocatorType type */, "i32" /* enum OrtMemType mem_type */, "ptr" /* OrtMemoryInfo** out */,
    ],
    returns: "ptr",
  },
  AllocatorFree: { slot: 76, args: ["ptr" /* OrtAllocator* ort_allocator */, "ptr" /* void* p */], returns: "ptr" },
  GetAllocatorWithDefaultOptions: { slot: 78, args: ["ptr" /* OrtAllocator** out, not owned */], returns: "ptr" },
  ReleaseEnv: { slot: 92, args: ["ptr" /* OrtEnv* input */], returns: "void" },
  ReleaseStatus: { slot: 93, args: ["ptr" /* OrtStatus* input */], returns: "void" },
  ReleaseMemoryInfo: { slot: 94, args: ["ptr" /* OrtMemoryInfo* input */], returns: "void" },
  ReleaseSession: { slot: 95, args: ["ptr" /* OrtSession* input */], returns: "void" },
  ReleaseValue: { slot: 96, args: ["ptr" /* OrtValue* input */], returns: "void" },
  ReleaseRunOptions: { slot: 97, args: ["ptr" /* OrtRunOptions* input */], returns: "void" },
  ReleaseTypeInfo: { slot: 98, args: ["ptr" /* OrtTypeInfo* input */], returns: "void" },
  ReleaseTensorTypeAndShapeInfo: { slot: 99, args: ["ptr" /* OrtTensorTypeAndShapeInfo* input */], returns: "void" },
  ReleaseSessionOptions: { slot: 100, args: ["ptr" /* OrtSessionOptions* input */], returns: "void" },
  GetAvailableProviders: {
    slot: 125, args: ["ptr" /* char*** out_ptr */, "ptr" /* int* provider_length */], returns: "ptr",
  },
  ReleaseAvailableProviders: {
    slot: 126, args: ["ptr" /* char** ptr */, "i32" /* int providers_length */], returns: "ptr",
  },
  AddSessionConfigEntry: {
    slot: 130,
    args: [
      "ptr" /* OrtSessionOptions* options */, "ptr" /* const char* config_key */, "ptr" /* const char* config_value */,
    ],
    returns: "ptr",
  },
  CreateAndRegisterAllocator: {
    slot: 144,
    args: ["ptr" /* OrtEnv* env */, "ptr" /* const OrtMemoryInfo* mem_info */, "ptr" /* const OrtArenaCfg* arena_cfg */],
    returns: "ptr",
  },
  AddInitializer: {
    slot: 150,
    args: ["ptr" /* OrtSessionOptions* options */, "ptr" /* const char* name */, "ptr" /* const OrtValue* val */],
    returns: "ptr",
  },
  AddRunConfigEntry: {
    slot: 165,
    args: ["ptr" /* OrtRunOptions* options */, "ptr" /* const char* config_key */, "ptr" /* const char* config_value */],
    returns: "ptr",
  },
  CreatePrepackedWeightsContainer: { slot: 166, args: ["ptr" /* OrtPrepackedWeightsContainer** out */], returns: "ptr" },
  ReleasePrepackedWeightsContainer: { slot: 167, args: ["ptr" /* OrtPrepackedWeightsContainer* input */], returns: "void" },
  CreateSessionFromArrayWithPrepackedWeightsContainer: {
    slot: 169,
    args: [
      "ptr" /* const OrtEnv* env */, "ptr" /* const void* model_data */, "u64" /* size_t model_data_length */,
      "ptr" /* const OrtSessionOptions* options */, "ptr" /* OrtPrepackedWeightsContainer* prepacked_weights_container */,
      "ptr" /* OrtSession** out */,
    ],
    returns: "ptr",
  },
  SessionOptionsAppendExecutionProvider_CUDA_V2: {
    slot: 204,
    args: ["ptr" /* OrtSessionOptions* options */, "ptr" /* const OrtCUDAProviderOptionsV2* cuda_options */],
    returns: "ptr",
  },
  CreateCUDAProviderOptions: { slot: 205, args: ["ptr" /* OrtCUDAProviderOptionsV2** out */], returns: "ptr" },
  UpdateCUDAProviderOptions: {
    slot: 206,
    args: [
      "ptr" /* OrtCUDAProviderOptionsV2* cuda_options */, "ptr" /* const char* const* provider_options_keys */,
      "ptr" /* const char* const* provider_options_values */, "u64" /* size_t num_keys */,
    ],
    returns: "ptr",
  },
  ReleaseCUDAProviderOptions: { slot: 208, args: ["ptr" /* OrtCUDAProviderOptionsV2* input */], returns: "void" },
} as const satisfies Readonly<Record<string, OrtFunction>>;

/** The API version that has the slots below. */
export const ASSIGNMENT_API_VERSION = 24;

/** Which provider got which node, of a session with "session.record_ep_graph_assignment_info". Nothing of it is owned. */
export const ASSIGNMENT_FUNCTIONS = {
  Session_GetEpGraphAssignmentInfo: {
    slot: 407,
    args: [
      "ptr" /* const OrtSession* session */, "ptr" /* const OrtEpAssignedSubgraph* const** ep_subgraphs */,
      "ptr" /* size_t* num_ep_subgraphs */,
    ],
    returns: "ptr",
  },
  EpAssignedSubgraph_GetEpName: {
    slot: 408, args: ["ptr" /* const OrtEpAssignedSubgraph* ep_subgraph */, "ptr" /* const char** out */], returns: "ptr",
  },
  EpAssignedSubgraph_GetNodes: {
    slot: 409,
    args: [
      "ptr" /* const OrtEpAssignedSubgraph* ep_subgraph */, "ptr" /* const OrtEpAssignedNode* const** ep_nodes */,
      "ptr" /* size_t* num_ep_nodes */,
    ],
    returns: "ptr",
  },
  EpAssignedNode_GetOperatorType: {
    slot: 412, args: ["ptr" /* const OrtEpAssignedNode* ep_node */, "ptr" /* const char** out */], returns: "ptr",
  },
} as const satisfies Readonly<Record<string, OrtFunction>>;

type NativeArgument<T> = T extends "ptr" ? Address | null : number;
type NativeResult<T> = T extends "ptr" ? Address | null : T extends "void" ? void : number;

type NativeArguments<T extends readonly unknown[]> = { -readonly [I in keyof T]: NativeArgument<T[I]> };
type Callable<Table extends Readonly<Record<string, OrtFunction>>> = {
  readonly [Name in keyof Table]: (
    ...args: NativeArguments<Table[Name]["args"]>
  ) => NativeResult<Table[Name]["returns"]>;
};

/** The table as callable functions. Pointers are addresses only: a typed array would hand out memory that may move. */
export type OrtFunctions = Callable<typeof ORT_FUNCTIONS>;
export type AssignmentFunctions = Callable<typeof ASSIGNMENT_FUNCTIONS>;
