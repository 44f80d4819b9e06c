// A client of a PJRT plugin: its platform and devices, programs compiled, tensors uploaded. Blocks the calling thread.
// It owns everything that it makes: closing it closes buffers, then executables, then itself.
import { NativeError } from "../../errors.ts";
import { createNativeView, parseAddress } from "../memory.ts";
import type { Address } from "../memory.ts";
import type { Pjrt } from "./api.ts";
import { PjrtBuffer, uploadTensor } from "./buffer.ts";
import type { HostTensor } from "./buffer.ts";
import type { CompilerFlags } from "./compile-options.ts";
import { createContext } from "./context.ts";
import type { ClientContext } from "./context.ts";
import { readDevice, readDeviceMemory } from "./device.ts";
import type { DeviceMemory, PjrtDevice } from "./device.ts";
import { PjrtExecutable } from "./executable.ts";
import { Handle } from "./handle.ts";
import { createNamedValues } from "./named-values.ts";
import type { NamedValues } from "./named-values.ts";
import { readText } from "./text.ts";

/**
 * Starts the plugin's runtime: on a GPU this takes memory. An option that the plugin does not know is refused with the
 * plugin's own words. Throws `NativeError` also when there is no device.
 */
export function createClient(pjrt: Pjrt, options: NamedValues = {}): PjrtClient {
  pjrt.initialize();
  const values = createNamedValues(options);
  const args = pjrt.call("Client_Create", { create_options: values.address, num_options: values.count });
  const client = new Handle("client", args.checkedPointer("client"), (address) => {
    pjrt.call("Client_Destroy", { client: address });
  });
  try {
    return new PjrtClient(createContext(pjrt, client, values));
  } catch (error) {
    client.close();
    throw error;
  }
}

/**
 * Another thread's client on this one: the PJRT API may be called from several threads at once. Closing it closes what was
 * made through it and leaves the client alone. SAFETY: its owner closes it after every borrower.
 */
export function borrowClient(pjrt: Pjrt, address: Address): PjrtClient {
  const client = new Handle("client", address, () => undefined);
  return new PjrtClient(createContext(pjrt, client, createNamedValues({})));
}

export class PjrtClient {
  /** "cpu", "cuda", "tpu" */
  readonly platformName: string;
  /** What the plugin was built from, or the driver: any text, some of several lines. */
  readonly platformVersion: string;
  /** At least one; all work goes to the first. */
  readonly devices: readonly [PjrtDevice, ...PjrtDevice[]];
  readonly #context: ClientContext;

  /** For `createClient`. */
  constructor(context: ClientContext) {
    this.#context = context;
    const { pjrt, client: { address: client } } = context;
    const name = pjrt.call("Client_PlatformName", { client });
    this.platformName = readText(name.get("platform_name"), name.get("platform_name_size"));
    const version = pjrt.call("Client_PlatformVersion", { client });
    this.platformVersion = readText(version.get("platform_version"), version.get("platform_version_size"));
    const [first, ...others] = readAddressableDevices(pjrt, client);
    if (first === undefined) throw new NativeError("pjrt", -1, "Cannot use the PJRT plugin: found no device");
    this.devices = [first, ...others];
  }

  /** `PJRT_Client*`, for another thread to borrow. Throws `TypeError` when closed. */
  get address(): Address {
    return this.#context.client.address;
  }

  /** What the first device's allocator counts; `undefined` where the plugin does not count. */
  readMemory(): DeviceMemory | undefined {
    const { pjrt, client } = this.#context;
    // The devices go with the client.
    return client.isClosed ? undefined : readDeviceMemory(pjrt, this.devices[0].address);
  }

  /**
   * Compiles a StableHLO module in its text form for one device: up to seconds of native work. A flag that the plugin does
   * not know is refused with its name.
   */
  compile(program: string, flags: CompilerFlags = {}): PjrtExecutable {
    const { pjrt, client, compiler } = this.#context;
    const options = compiler.resolveOptions(flags);
    // SAFETY: program and options belong to the context, and nothing moves them until the call returns.
    const args = pjrt.call("Client_Compile", {
      client: client.address, program: compiler.createProgram(program),
      compile_options: options.address, compile_options_size: options.bytes.length,
    });
    return this.#createExecutable(args.checkedPointer("executable"));
  }

  get canSerialize(): boolean {
    const { pjrt } = this.#context;
    return pjrt.has("Executable_Serialize") && pjrt.has("Executable_DeserializeAndLoad");
  }

  /** Loads what `executable.serialize` gave, on the same platform and version: a tenth of the time of compiling. */
  deserialize(serialized: Uint8Array): PjrtExecutable {
    const { pjrt, client, compiler } = this.#context;
    // SAFETY: the copied bytes belong to the context, and nothing moves them until the call returns.
    const args = pjrt.call("Executable_DeserializeAndLoad", {
      client: client.address, serialized_executable: compiler.copy(serialized),
      serialized_executable_size: serialized.length,
    });
    return this.#createExecutable(args.checkedPointer("loaded_executable"));
  }

  /** Copies a tensor to the first device. The host's memory is the caller's again when this returns. */
  upload(tensor: HostTensor): PjrtBuffer {
    return uploadTensor(this.#context, this.devices[0].address, tensor);
  }

  /** Another thread's buffer. SAFETY: its owner keeps it open until this one is closed. */
  borrowBuffer(address: Address): PjrtBuffer {
    return new PjrtBuffer(this.#context, address, undefined, "borrowed");
  }

  /** Another thread's program. SAFETY: as with `borrowBuffer`. */
  borrowExecutable(address: Address): PjrtExecutable {
    return new PjrtExecutable(this.#context, this.devices[0].address, address, "borrowed");
  }

  /** Twice is fine. Everything that the client made is closed with it. */
  close(): void {
    const { client, buffers, executables } = this.#context;
    const [failure] = [...buffers, ...executables, client].flatMap((object) => findFailure(() => object.close()));
    if (failure !== undefined) throw failure;
  }

  #createExecutable(address: Address): PjrtExecutable {
    return new PjrtExecutable(this.#context, this.devices[0].address, address);
  }
}

/** What `body` throws: the objects behind one that cannot be closed are closed as well. */
function findFailure(body: () => void): Error[] {
  try {
    body();
    return [];
  } catch (error) {
    return [error instanceof Error ? error : new Error(String(error))];
  }
}

function readAddressableDevices(pjrt: Pjrt, client: Address): PjrtDevice[] {
  const args = pjrt.call("Client_AddressableDevices", { client });
  const count = args.get("num_addressable_devices");
  if (count === 0) return [];
  // SAFETY: the list and the devices belong to the client.
  const list = createNativeView(args.checkedPointer("addressable_devices"), count * 8);
  return Array.from(new BigUint64Array(list), (address) => readDevice(pjrt, parseAddress(Number(address))));
}
