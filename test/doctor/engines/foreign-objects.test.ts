import { expect, test } from "bun:test";
import { findForeign, formatForeign } from "../../../src/doctor/engines/foreign-objects.ts";

const OWN = "/srv/plugins/xla/cuda/versions/1";

test("findForeign() leaves out the library's own folders and what is no library", () => {
  const mapped = [
    "/memfd:jit (deleted)", "/srv/termite", `${OWN}/xla_cuda_plugin.so`, `${OWN}/nvidia/lib/libcudart.so.13`, `${OWN}2/libz.so.1`,
    "/usr/lib/libm.so.6 (deleted)", "/usr/lib/libstdc++.so.6.0.30",
  ];
  expect(findForeign(mapped, ["/elsewhere", OWN])).toEqual([
    `${OWN}2/libz.so.1`, "/usr/lib/libm.so.6 (deleted)", "/usr/lib/libstdc++.so.6.0.30",
  ]);
});

test("formatForeign() names what came from each folder, and counts where that is much", () => {
  const many = [1, 2, 3, 4].map((number) => `/srv/cuda/lib64/libx${number}.so`);
  expect(formatForeign(["/usr/lib/libm.so.6", ...many, "/usr/lib/libstdc++.so.6"])).toBe(
    "libm.so.6, libstdc++.so.6 from /usr/lib; 4 libraries from /srv/cuda/lib64",
  );
});
