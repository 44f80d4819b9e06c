// What an engine needs in the environment of its process before its library is loaded: native code reads it with
// `getenv`, which nothing that JavaScript writes later reaches. Pure.
import { join } from "node:path";
import { createChildEnvironment } from "../../config/env.ts";
import type { Target } from "../../target.ts";
import type { LibraryTree } from "./library-tree.ts";
import { stripForeignCuda } from "./library-path.ts";

type Environment = Readonly<Record<string, string>>;

export interface RunnerEnvironmentFacts {
  /** Of the engine's library; absent where no CUDA of its own lies beside it. */
  tree?: LibraryTree | undefined;
  /** Libtpu without a chip asks Google's metadata server for over a minute; with one it learns its topology there. */
  isGoogleCloud: boolean;
  /** "GPU-8a56a4bc-…": CUDA numbers mixed GPUs by speed, NVML by bus, so a number would not name the chosen one. */
  gpuUuid?: string | undefined;
  listFolder: (path: string) => readonly string[];
}

export interface RunnerEnvironment {
  environment: Record<string, string>;
  /** What was taken out of what the person gave, in words, for one log line. */
  notes: readonly string[];
}

/** Where XLA's compiler finds `bin/ptxas` and `nvvm/libdevice`: CUDA 13 in one folder, CUDA 12 in that of its compiler. */
const DATA_FOLDERS = ["nvidia/cu13", "nvidia/cuda_nvcc"];
/** XLA ends with a crash where there is none. */
const USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** `environment` is that of this process: what must not go down to a child is taken out here. */
export function createRunnerEnvironment(
  target: Target,
  environment: Environment,
  facts: RunnerEnvironmentFacts,
): RunnerEnvironment {
  const own = createChildEnvironment(environment, createEngineVariables(target, environment, facts));
  return target.endsWith(":cuda") ? isolateCuda(own, facts) : { environment: own, notes: [] };
}

function createEngineVariables(target: Target, environment: Environment, facts: RunnerEnvironmentFacts): Environment {
  // Otherwise ONNX Runtime writes a device id and a database into the home.
  if (target.startsWith("onnx:")) return { ORT_DISABLE_TELEMETRY: "1" };
  const { TF_CPP_MIN_LOG_LEVEL = "3", PATH = "" } = environment;
  const skipsMetadata = target === "xla:tpu" && !facts.isGoogleCloud && environment["TPU_SKIP_MDS_QUERY"] === undefined;
  return {
    TF_CPP_MIN_LOG_LEVEL,
    PATH: PATH === "" ? USUAL_PATH : PATH,
    ...(skipsMetadata && { TPU_SKIP_MDS_QUERY: "1" }),
    ...(target === "xla:cuda" && createCompilerVariables(environment, facts)),
  };
}

/** A `ptxas` that merely lies in PATH would win otherwise. Whoever names a folder of their own is obeyed. */
function createCompilerVariables({ PATH = "", XLA_FLAGS = "" }: Environment, { tree }: RunnerEnvironmentFacts): Environment {
  const folder = DATA_FOLDERS.find((name) => tree?.files.some((file) => file.startsWith(`${name}/`)));
  if (tree === undefined || folder === undefined || XLA_FLAGS.includes("--xla_gpu_cuda_data_dir")) return {};
  const dataFolder = join(tree.root, folder);
  const flag = `--xla_gpu_cuda_data_dir=${/\s/.test(dataFolder) ? `"${dataFolder}"` : dataFolder}`;
  return {
    PATH: `${join(dataFolder, "bin")}:${PATH === "" ? USUAL_PATH : PATH}`,
    XLA_FLAGS: XLA_FLAGS === "" ? flag : `${XLA_FLAGS} ${flag}`,
  };
}

/** Only where the library has a CUDA of its own: one that was put there by hand may count on the system's. */
function isolateCuda(own: Record<string, string>, { tree, gpuUuid, listFolder }: RunnerEnvironmentFacts): RunnerEnvironment {
  const { LD_LIBRARY_PATH, ...rest } = own;
  const chosen = { ...rest, ...(gpuUuid !== undefined && { CUDA_VISIBLE_DEVICES: gpuUuid }) };
  const isOwn = tree?.files.some((file) => file.includes("/lib/")) === true;
  const { value, removed } = isOwn
    ? stripForeignCuda(LD_LIBRARY_PATH, listFolder)
    : { value: LD_LIBRARY_PATH, removed: [] };
  const notes = removed.map((folder) => `"${folder}" of LD_LIBRARY_PATH holds another CUDA and is left out`);
  return { environment: { ...chosen, ...(value !== undefined && { LD_LIBRARY_PATH: value }) }, notes };
}
