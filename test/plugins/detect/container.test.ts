import { describe, expect, test } from "bun:test";
import { parseCgroup } from "../../../src/plugins/detect/container.ts";

describe("parseCgroup()", () => {
  test.each([
    ["12:devices:/kubepods/besteffort/pod8f2c/4c2b\n", "kubernetes"],
    ["0::/kubepods.slice/kubepods-besteffort.slice/cri-containerd-4c2b.scope\n", "kubernetes"],
    ["12:devices:/docker/4c2b9f\n0::/system.slice\n", "docker"],
    ["0::/system.slice/docker-4c2b9f.scope\n", "docker"],
    ["0::/machine.slice/libpod-4c2b9f.scope/container\n", "podman"],
    ["9:pids:/lxc/web\n", "other"],
    ["0::/init.scope\n", undefined],
    ["0::/system.slice/docker.service\n", undefined],
    ["0::/\n", undefined],
    ["", undefined],
  ] as const)("parses %p", (text, expected) => expect(parseCgroup(text)).toBe(expected));
});
