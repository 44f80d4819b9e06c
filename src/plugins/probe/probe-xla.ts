// The probe of a PJRT plugin, in the child: client, platform, devices, and one matrix product on the first device.
import { NativeError } from "../../errors.ts";
import { openPjrt } from "../../ffi/pjrt/api.ts";
import type { Pjrt } from "../../ffi/pjrt/api.ts";
import { createClient } from "../../ffi/pjrt/client.ts";
import type { PjrtClient } from "../../ffi/pjrt/client.ts";
import type { NamedValues } from "../../ffi/pjrt/named-values.ts";
import type { Journal } from "./journal.ts";
import { checkProduct, createLeft, createRight, MATRIX_SIZE } from "./matrix-product.ts";
import { createMatrixBuffer } from "./native-matrix.ts";
import type { ProbeReport, ProbeRequest } from "./probe-report.ts";

/** Without it a client on CUDA takes three quarters of the GPU's memory, which a runner may be using. */
const CUDA_OPTIONS: NamedValues = { preallocate: { type: "bool", value: false } };

const TYPE = `tensor<${MATRIX_SIZE}x${MATRIX_SIZE}xf32>`;
/** HIGHEST: float32 on devices that would otherwise multiply in TF32 or bfloat16. */
const PROGRAM = `module @probe {
  func.func public @main(%left: ${TYPE}, %right: ${TYPE}) -> ${TYPE} {
    %product = stablehlo.dot_general %left, %right, contracting_dims = [1] x [0], precision = [HIGHEST, HIGHEST]
      : (${TYPE}, ${TYPE}) -> ${TYPE}
    return %product : ${TYPE}
  }
}
`;

/** Throws what the stage that it is in found. After an error nothing is released: the process ends. */
export function probeXla({ device, libraryPath, until }: ProbeRequest, journal: Journal): void {
  const pjrt = openPjrt(libraryPath);
  journal.finish("load");
  journal.finish("version", { version: pjrt.version });
  if (until === "version") return;
  const client = startClient(pjrt, device);
  const platform = client.platformName;
  journal.finish("client", { platform });
  if (platform !== device) throw new NativeError("pjrt", -1, `found the platform "${platform}", need "${device}"`);
  journal.finish("devices", { devices: client.devices.map(({ kind }) => kind) });
  const product = multiply(client);
  client.close();
  journal.finish("product", product);
}

/** Plugins refuse options that they do not know: then without. */
function startClient(pjrt: Pjrt, device: ProbeRequest["device"]): PjrtClient {
  if (device !== "cuda") return createClient(pjrt);
  try {
    return createClient(pjrt, CUDA_OPTIONS);
  } catch (error) {
    if (!(error instanceof NativeError)) throw error;
    return createClient(pjrt);
  }
}

function multiply(client: PjrtClient): Partial<ProbeReport> {
  const startMs = performance.now();
  const executable = client.compile(PROGRAM);
  const readyMs = performance.now();
  const [left, right] = [createLeft(), createRight()];
  const inputs = [left, right].map((matrix) => {
    return client.upload({ dtype: "float32", dims: [MATRIX_SIZE, MATRIX_SIZE], buffer: createMatrixBuffer(matrix) });
  });
  const numbers = executable.execute(inputs).map((output) => new Float32Array(output.read().bytes.buffer));
  const doneMs = performance.now();
  checkProduct(numbers[0] ?? new Float32Array(), left, right);
  return { worstError: 0, compileMs: readyMs - startMs, runMs: doneMs - readyMs };
}
