// Where Linux systems keep shared libraries. The linker's cache is not parsed: its format is glibc's own, and it is
// absent in the containers where the question matters most.
import type { System } from "./system.ts";

const TRIPLETS: Readonly<Record<string, string>> = { x64: "x86_64-linux-gnu", arm64: "aarch64-linux-gnu" };

/**
 * In the order in which they are looked at. WSL puts the Windows driver's libraries into `/usr/lib/wsl/lib` (Microsoft,
 * "CUDA on WSL"), GKE its driver into `/usr/local/nvidia/lib64`, NVIDIA's container toolkit into the multiarch folder
 * or `/usr/lib64`, Debian's alternatives below `nvidia/current`, Fedora's packages into `/usr/lib64`, NixOS into
 * `/run/opengl-driver/lib`.
 */
function createFolders(arch: string): string[] {
  const triplet = TRIPLETS[arch];
  const multiarch = triplet === undefined ? [] : [
    `/usr/lib/${triplet}`, `/lib/${triplet}`, `/usr/lib/${triplet}/nvidia/current`, `/usr/lib/${triplet}/nvidia`,
  ];
  return [
    "/usr/lib/wsl/lib", "/usr/local/nvidia/lib64", "/usr/local/nvidia/lib", ...multiarch,
    "/usr/lib64", "/lib64", "/usr/lib64/nvidia", "/usr/lib", "/lib", "/usr/local/lib", "/run/opengl-driver/lib",
  ];
}

/**
 * Path as the machine itself knows it of the library that the linker would most likely open; `LD_LIBRARY_PATH` is
 * obeyed.
 */
export function findSystemLibrary(system: System, fileName: string): string | undefined {
  const named = (system.environment["LD_LIBRARY_PATH"] ?? "").split(":").filter((folder) => folder.startsWith("/"));
  return [...named, ...createFolders(system.arch)]
    .map((folder) => `${folder}/${fileName}`)
    .find((path) => system.findPath(path) !== undefined);
}
