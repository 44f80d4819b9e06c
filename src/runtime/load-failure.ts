// Reads what the dynamic linker says when it cannot load a library, and says what a person has to install.
import { TermiteError } from "../errors.ts";

/** Package of each system library that our libraries need: Debian and Ubuntu, then Fedora and Red Hat. */
const PACKAGES: Readonly<Record<string, readonly [string, string]>> = {
  "libstdc++.so.6": ["libstdc++6", "libstdc++"],
  "libgcc_s.so.1": ["libgcc-s1", "libgcc"],
  "libgomp.so.1": ["libgomp1", "libgomp"],
};

/** `libstdc++.so.6: cannot open shared object file: No such file or directory` (glibc). */
const ABSENT = /(?:^|[\s:"(])([^\s:"(/]+\.so[.\d]*): cannot open shared object file: No such file/;
/** `/lib/x86_64-linux-gnu/libstdc++.so.6: version `GLIBCXX_3.4.29' not found (required by …)` (glibc). */
const TOO_OLD = /([^\s:/]+\.so[.\d]*): version [`'"]([A-Za-z]+_[\d.]+)['"] not found/;
/** `Error loading shared library libstdc++.so.6: …`, `Error relocating …: __vsnprintf_chk: symbol not found` (musl). */
const MUSL = /Error (?:loading shared library|relocating) /;
/** `/x/libonnxruntime.so.1: failed to map segment from shared object: Operation not permitted` (noexec mount). */
const NOT_MAPPED = /failed to map segment from shared object/;

/**
 * The error for a failed load that the system is to blame for: a library absent or too old, musl, a noexec mount.
 * `undefined` for everything else; then the file itself may be damaged (`AssetStore.repair`). `message` is the linker's.
 */
export function explainLoadFailure(message: string): TermiteError | undefined {
  const create = (found: string, hint: string) =>
    new TermiteError("missing_system_library", `Cannot load the engine's library: ${found}`, { hint });
  if (MUSL.test(message))
    return create("this system uses musl", "Use a system with glibc, such as Debian, Ubuntu or Fedora");
  const tooOld = TOO_OLD.exec(message);
  if (tooOld !== null) return create(`"${tooOld[1]}" has no "${tooOld[2]}"`, "Use a newer release of this system");
  const absent = ABSENT.exec(message)?.[1];
  if (absent !== undefined) return create(`"${absent}" is not installed`, formatInstall(absent));
  if (!NOT_MAPPED.test(message)) return undefined;
  return new TermiteError(
    "noexec_mount",
    "Cannot load the engine's library: its file system does not allow execution",
    {
      hint: "Set TERMITE_HOME (or --home) to a folder on a file system that allows execution",
    },
  );
}

function formatInstall(library: string): string {
  const packages = PACKAGES[library];
  if (packages === undefined) return `Install the package that holds "${library}"`;
  return `Install it: "apt-get install ${packages[0]}" or "dnf install ${packages[1]}"`;
}
