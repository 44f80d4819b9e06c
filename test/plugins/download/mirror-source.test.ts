import { describe, expect, test } from "bun:test";
import { createFolderSource } from "../../../src/plugins/download/folder-source.ts";
import { createIndexSource } from "../../../src/plugins/download/index-source.ts";
import { createMirrorSource } from "../../../src/plugins/download/mirror-source.ts";
import { createIndexClient } from "../../../src/plugins/index/index-client.ts";
import { serveLoopback } from "../../net/serve-loopback.ts";
import { serveWheels } from "../../fixtures/plugins/index-server.ts";
import { makeLockedWheel } from "../../fixtures/plugins/make-lock.ts";
import { makeWheel } from "../../fixtures/plugins/make-wheel.ts";

const made = ["demo", "other"].map((name) => makeWheel({ name, version: "1.0", files: { [`${name}/a.txt`]: "a\n" } }));
const wheels = await Promise.all(made.map(makeLockedWheel));
const [wheel, other] = wheels;
if (wheel === undefined || other === undefined) throw new Error("no wheel");

function createSource(address: URL) {
  const client = createIndexClient({ indexUrl: address, retries: 0 });
  return createMirrorSource(createIndexSource(client), createFolderSource(address, client.http));
}

function serveFolder() {
  return serveLoopback((request) => {
    const { bytes } = made.find(({ file }) => new URL(request.url).pathname === `/wheels/${file}`) ?? {};
    if (bytes === undefined) return new Response("no", { status: 404 });
    const headers = { "content-range": `bytes 0-0/${bytes.length}` };
    return request.headers.get("range") === "bytes=0-0" ? new Response(bytes.slice(0, 1), { status: 206, headers }) : new Response(bytes.slice());
  });
}

describe("createMirrorSource()", () => {
  test("asks an index for no folder", async () => {
    using server = await serveWheels({ wheels: made });
    const opened = await createSource(server.indexUrl).open(wheel, {});
    expect(opened).toMatchObject({ kind: "http", url: new URL(`../files/${wheel.file}`, server.indexUrl) });
    expect(server.requests).toEqual([]);
  });

  test("finds out once that it is a plain folder, whatever is asked for meanwhile", async () => {
    using server = serveFolder();
    const address = new URL("wheels/", server.url);
    const source = createSource(address);
    const opened = await Promise.all([wheel, other, wheel].map((one) => source.open(one, {})));
    expect(opened).toMatchObject([wheel, other, wheel].map(({ file }) => ({ kind: "http", url: new URL(file, address) })));
    expect(server.requests.map(({ path }) => path)).toEqual(["/wheels/demo/", `/wheels/${wheel.file}`]);
  });

  test("says what the index said when the folder does not have the wheel either, and asks anew for the next", async () => {
    using server = serveFolder();
    const address = new URL("wheels/", server.url);
    const source = createSource(address);
    await expect(source.open({ ...wheel, file: "none.whl" }, {})).rejects.toMatchObject({
      code: "package_not_found", message: `Cannot find package "demo": "${address.href}" does not have it`,
    });
    expect(await source.open(wheel, {})).toMatchObject({ kind: "http", url: new URL(wheel.file, address) });
  });

  test("asks nobody when it is offline", async () => {
    using server = serveFolder();
    await expect(createSource(server.url).open(wheel, { offline: true })).rejects.toMatchObject({ code: "offline" });
    expect(server.requests).toEqual([]);
  });
});
