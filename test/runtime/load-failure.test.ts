import { expect, test } from "bun:test";
import { explainLoadFailure } from "../../src/runtime/load-failure.ts";

const OTHER_HOME = "Set TERMITE_HOME (or --home) to a folder on a file system that allows execution";

const EXPLAINED: [message: string, code: string, text: string, hint: string][] = [
  [
    "libstdc++.so.6: cannot open shared object file: No such file or directory",
    "missing_system_library",
    `Cannot load the engine's library: "libstdc++.so.6" is not installed`,
    `Install it: "apt-get install libstdc++6" or "dnf install libstdc++"`,
  ],
  [
    `Failed to open library "/h/libonnxruntime.so.1": libgcc_s.so.1: cannot open shared object file: No such file or directory`,
    "missing_system_library",
    `Cannot load the engine's library: "libgcc_s.so.1" is not installed`,
    `Install it: "apt-get install libgcc-s1" or "dnf install libgcc"`,
  ],
  [
    "libfoo.so.3: cannot open shared object file: No such file or directory",
    "missing_system_library",
    `Cannot load the engine's library: "libfoo.so.3" is not installed`,
    `Install the package that holds "libfoo.so.3"`,
  ],
  [
    "/lib/x86_64-linux-gnu/libstdc++.so.6: version `GLIBCXX_3.4.29' not found (required by /h/libonnxruntime.so.1)",
    "missing_system_library",
    `Cannot load the engine's library: "libstdc++.so.6" has no "GLIBCXX_3.4.29"`,
    "Use a newer release of this system",
  ],
  [
    "Error loading shared library libstdc++.so.6: No such file or directory (needed by /h/libonnxruntime.so.1)",
    "missing_system_library",
    "Cannot load the engine's library: this system uses musl",
    "Use a system with glibc, such as Debian, Ubuntu or Fedora",
  ],
  [
    "Error relocating /h/libonnxruntime.so.1: __vsnprintf_chk: symbol not found",
    "missing_system_library",
    "Cannot load the engine's library: this system uses musl",
    "Use a system with glibc, such as Debian, Ubuntu or Fedora",
  ],
  [
    "/h/libonnxruntime.so.1: failed to map segment from shared object: Operation not permitted",
    "noexec_mount",
    "Cannot load the engine's library: its file system does not allow execution",
    OTHER_HOME,
  ],
];

for (const [message, code, text, hint] of EXPLAINED) {
  test(`explainLoadFailure() names the cause when the linker says "${message.slice(0, 60)}"`, () => {
    expect(explainLoadFailure(message)).toMatchObject({ code, message: text, hint });
  });
}

for (const message of [
  "/h/libonnxruntime.so.1: cannot open shared object file: No such file or directory",
  "/h/libonnxruntime.so.1: file too short",
  "/h/libonnxruntime.so.1: invalid ELF header",
]) {
  test(`explainLoadFailure() leaves it to repair when the linker says "${message}"`, () => {
    expect(explainLoadFailure(message)).toBeUndefined();
  });
}
