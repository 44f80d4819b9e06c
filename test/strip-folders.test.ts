import { describe, expect, test } from "bun:test";
import { stripFolders } from "../src/strip-folders.ts";

describe("stripFolders()", () => {
  test.each([
    ["/srv/m/model.onnx", "model.onnx"],
    ["Load model from /srv/m/model.onnx failed: bad", "Load model from model.onnx failed: bad"],
    ["/srv/plugins/libx.so: invalid ELF header", "libx.so: invalid ELF header"],
    ["cannot get file size [/srv/a/b.so]", "cannot get file size [b.so]"],
    ["error at (/build/src/x.cc:12)", "error at (x.cc:12)"],
    ["failed:/srv/a/b.so, file=/srv/a/c.so;/srv/a/d.so", "failed:b.so, file=c.so;d.so"],
    ["/a/b and /c/d", "b and d"],
    ["//srv//a///b.so", "b.so"],
    ["file:///srv/a/b.so", "b.so"],
    ["in /srv/models/ now", "in models/ now"],
    ['Load model from "/srv/a b/m/model.onnx" failed', 'Load model from "model.onnx" failed'],
    ["no such file, open '/srv/a b/c d.so'", "no such file, open 'c d.so'"],
    ["version `GLIBC_2.38' not found (required by /srv/a/b.so)", "version `GLIBC_2.38' not found (required by b.so)"],
    ['open "/srv/o\'neil/a b/x.bin" fail', 'open "x.bin" fail'],
    ['"/srv/a/b" and "/srv/c d/e"', '"b" and "e"'],
    [String.raw`Error loading C:\Program\ort\onnxruntime.dll`, "Error loading onnxruntime.dll"],
    [String.raw`Error loading "C:\Program Files\ort\onnxruntime.dll"`, 'Error loading "onnxruntime.dll"'],
    [String.raw`(D:/models/x\model.onnx)`, "(model.onnx)"],
    [String.raw`\\server\share\x.dll is gone`, "x.dll is gone"],
  ])("leaves of the paths in %j %j", (text, expected) => expect(stripFolders(text)).toBe(expected));

  test.each([
    'Cannot load model "BAAI/bge": cut',
    'expected "float32", found "a/b/c"',
    "See https://openxla.org/xla/errors/error_0102 for more",
    "http://127.0.0.1:8080/v1/models/x",
    "./a/b.so ../a/b.so ~/a/b.so modèle/a/b.so",
    "f32[128,128]{1,0} / 2 / 3",
    "/readyz",
    "a // b",
    "12:30:01 C: 3",
    String.raw`no match for \d+\s+\w+`,
    "",
  ])("leaves %j as it is", (text) => expect(stripFolders(text)).toBe(text));

  // Minutes where one of the patterns looks at a character again for every one before it.
  test.each(["/", "\\", " ", "a", "/-", '"/', "'/a", "C:\\", "/a:", '"/ ', "\\\\", "file://", "`/a/ "])(
    "ends when the text is 300,000 times %j",
    (part) => expect(stripFolders(part.repeat(300_000)).length).toBeLessThanOrEqual(part.length * 300_000),
  );
});
