import { describe, expect, test } from "bun:test";
import { NativeError } from "../../src/errors.ts";
import { openGlobalLibrary } from "../../src/ffi/preload.ts";
import { LIBRARY_PATH } from "../fixtures/onnxruntime.ts";

describe("openGlobalLibrary()", () => {
  test("loads the library into this process, and a second time is fine", async () => {
    openGlobalLibrary(LIBRARY_PATH);
    openGlobalLibrary(LIBRARY_PATH);
    expect(await Bun.file("/proc/self/maps").text()).toContain(LIBRARY_PATH);
  });

  test("throws NativeError with the linker's words when there is no library", () => {
    const open = (): void => openGlobalLibrary("/nowhere/libx.so");
    expect(open).toThrow(NativeError);
    expect(open).toThrow("/nowhere/libx.so: cannot open shared object file: No such file or directory");
  });

  test("throws NativeError when the file is no library", () => {
    expect(() => openGlobalLibrary(import.meta.path)).toThrow(`${import.meta.path}: invalid ELF header`);
  });
});
