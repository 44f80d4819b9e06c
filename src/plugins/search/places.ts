// The places of the walk, in order: what the person installed or put there, what the person says, what is inside the
// executable, and with `plugins.allow_system` what lies around. Pure: nothing is looked at.
import { join, posix, win32 } from "node:path";
import type { Platform } from "../detect/platform.ts";
import type { Target } from "../../target.ts";
import type { LibraryOrigin } from "./search-result.ts";

export interface PlacesOptions {
  /** Absolute. */
  pluginsDir: string;
  environment: Readonly<Record<string, string>>;
  /** Absolute. */
  userHome: string;
  /** `plugins.allow_system` */
  allowSystem: boolean;
  platform: Platform;
  /** The executable has this target's library inside. */
  isBundled: boolean;
}

export interface Place {
  /** As a person knows it. */
  name: string;
  /** Absent for "bundled" and for a variable that names no folder. */
  path?: string;
  /** A plugin's whole tree, not the folder of its library. */
  isTree?: true;
  /** What lies there can be for the CPU or for a GPU. */
  isShared?: true;
  origin: LibraryOrigin;
  /** Why it is not looked at. */
  refusal?: { outcome: "absent" | "passed over"; reason: string };
}

export const SYSTEM_REFUSED = "plugins.allow_system is false";

export function listPlaces(target: Target, options: PlacesOptions): Place[] {
  const isOnnx = target === "onnx:cpu" || target === "onnx:cuda";
  const places = isOnnx ? listOnnxPlaces(target, options) : listXlaPlaces(target, options);
  return places.map((place) => (place.origin === "system" && !options.allowSystem ? refuseSystem(place) : place));
}

function listXlaPlaces(target: Target, options: PlacesOptions): Place[] {
  const folder = target.replace(":", "/");
  return [
    { ...createPluginsPlace(`${folder}/current`, options), isTree: true },
    createPluginsPlace(folder, options),
    ...listVariable("PJRT_PLUGIN_LIBRARY_PATH", "variable", options),
    ...listBundled(target, options),
    createSystemPlace("~/.local/lib/go-xla", join(options.userHome, ".local/lib/go-xla")),
    createSystemPlace("/usr/local/lib/go-xla", "/usr/local/lib/go-xla"),
  ];
}

function listOnnxPlaces(target: Target, options: PlacesOptions): Place[] {
  const folder = target.replace(":", "/");
  const platforms = listPlatformNames(options.platform);
  const shared = [
    ...platforms.map((name) => createPluginsPlace(`onnx/${name}/lib`, options)),
    ...listRoot([...platforms.map((name) => `${name}/lib`), "lib"], options),
    ...listBundled(target, options),
    ...listVariable(options.platform.os === "darwin" ? "DYLD_LIBRARY_PATH" : "LD_LIBRARY_PATH", "system", options),
  ];
  return [
    { ...createPluginsPlace(`${folder}/current`, options), isTree: true },
    createPluginsPlace(`${folder}/lib`, options),
    ...shared.map((place): Place => ({ ...place, isShared: true })),
  ];
}

/** "linux-amd64" as the Go termite writes it (GOOS-GOARCH), and our own "linux-x64". */
function listPlatformNames({ os, arch }: Platform): string[] {
  const goOs = os === "win32" ? "windows" : os;
  const goArch = arch === "x64" ? "amd64" : arch;
  return [...new Set([`${goOs}-${goArch}`, `${os}-${arch}`])];
}

function createPluginsPlace(folder: string, { pluginsDir }: PlacesOptions): Place {
  return { name: `plugins_dir/${folder}`, path: join(pluginsDir, folder), origin: "placed" };
}

function createSystemPlace(name: string, path: string): Place {
  return { name, path, origin: "system" };
}

function listBundled(target: Target, { isBundled }: PlacesOptions): Place[] {
  if (!target.endsWith(":cpu")) return [];
  if (isBundled) return [{ name: "bundled", origin: "bundled" }];
  const refusal = { outcome: "absent", reason: "not inside this build" } as const;
  return [{ name: "bundled", origin: "bundled", refusal }];
}

/** `ONNXRUNTIME_ROOT` is one folder. */
function listRoot(folders: readonly string[], options: PlacesOptions): Place[] {
  const name = "ONNXRUNTIME_ROOT";
  const root = options.environment[name];
  return folders.map((folder) => {
    const place = createVariablePlace(`${name}/${folder}`, root, { origin: "variable", options });
    return place.path === undefined ? place : { ...place, path: join(place.path, folder) };
  });
}

/** A list of folders as in `PATH`, one place each, as go-xla reads it: empty ones are left out. */
function listVariable(name: string, origin: LibraryOrigin, options: PlacesOptions): Place[] {
  const delimiter = options.platform.os === "win32" ? win32.delimiter : posix.delimiter;
  const folders = (options.environment[name] ?? "").split(delimiter).filter((folder) => folder !== "");
  if (folders.length === 0) return [createVariablePlace(name, undefined, { origin, options })];
  return folders.map((folder) => createVariablePlace(name, folder, { origin, options }));
}

interface VariableOptions {
  origin: LibraryOrigin;
  options: PlacesOptions;
}

function createVariablePlace(name: string, folder: string | undefined, { origin, options }: VariableOptions): Place {
  if (folder === undefined || folder === "") {
    return { name, origin, refusal: { outcome: "absent", reason: "not set" } };
  }
  const isAbsolute = options.platform.os === "win32" ? win32.isAbsolute(folder) : posix.isAbsolute(folder);
  if (isAbsolute) return { name, path: folder, origin };
  // What a relative path means depends on the folder that the program was started in, which others may fill.
  const reason = `found the relative path "${folder}", need an absolute one`;
  return { name, origin, refusal: { outcome: "passed over", reason } };
}

function refuseSystem(place: Place): Place {
  return { ...place, refusal: { outcome: "passed over", reason: SYSTEM_REFUSED } };
}
