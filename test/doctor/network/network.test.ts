import { afterAll, describe, expect, test } from "bun:test";
import { createServer } from "node:net";
import { readIndex, resolveIndex } from "../../../src/doctor/network/index-reach.ts";
import { readListenAddress, resolveListenAddress } from "../../../src/doctor/network/listen-address.ts";
import { resolveProxy } from "../../../src/doctor/network/proxy.ts";
import { readConfiguredIndex } from "../../../src/doctor/network/read-index.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { resolveIndexUrl } from "../../../src/plugins/index/resolve-index-url.ts";

const PAGE = JSON.stringify({ meta: { "api-version": "1.0" }, name: "jax-cuda13-pjrt", files: [] });
const asked: string[] = [];
const index = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch: (request) => {
    const { pathname } = new URL(request.url);
    asked.push(pathname);
    if (pathname.startsWith("/empty/")) return new Response("no", { status: 404 });
    return new Response(PAGE, { headers: { "content-type": "application/vnd.pypi.simple.v1+json" } });
  },
});

interface Program {
  readyz?: Response;
  version?: unknown;
}

/** A program that answers what termite answers, or what another one does, while `work` runs. */
async function withProgram<T>({ readyz, version = "0.1.0" }: Program, work: (port: number) => Promise<T>): Promise<T> {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    routes: { "/api/version": () => Response.json({ version }), "/readyz": () => readyz ?? new Response("404", { status: 404 }) },
  });
  try {
    return await work(server.port ?? 0);
  } finally {
    await server.stop(true);
  }
}

const TARGET = { requested: "onnx:cuda", actual: "onnx:cpu", reason: "no GPU" };
const other = createServer((socket) => socket.end("SSH-2.0-x\r\n"));
const otherPort = await new Promise<number>((resolve) => {
  other.listen(0, "127.0.0.1", () => resolve((other.address() as { port: number }).port));
});
afterAll(async () => {
  await index.stop(true);
  other.close();
});

describe("readListenAddress()", () => {
  const at = (port: number) => readListenAddress(`http://127.0.0.1:${port}`, { host: "127.0.0.1", port });

  test("finds it free when nobody listens", async () => {
    expect(await at(0)).toEqual({ address: "http://127.0.0.1:0", state: "free" });
  });

  test.each([["ready", 200], ["loading", 503], ["draining", 503], ["failed", 503]])("finds a termite that is %s", async (status, code) => {
    const readyz = Response.json({ status, target: TARGET }, { status: code });
    expect(await withProgram({ readyz }, at)).toMatchObject({ state: "termite", version: "0.1.0" });
  });

  test.each([
    ["Ollama, which answers with a version", {}],
    ["answers readiness without a target", { readyz: Response.json({ status: "ready" }) }],
    ["names a target that termite has not", { readyz: Response.json({ status: "ready", target: { actual: "metal" } }) }],
    ["answers no JSON", { readyz: new Response("ready") }],
    ["never ends its answer", { readyz: new Response(new ReadableStream({ pull: (stream) => stream.enqueue(new Uint8Array(1 << 20)) })) }],
    ["has no version", { readyz: Response.json({ status: "ready", target: TARGET }), version: 1 }],
  ] as [string, Program][])("finds it taken by what %s", async (_, program) => {
    expect(await withProgram(program, at)).toMatchObject({ state: "taken" });
  });

  test("finds it taken when something else answers", async () => {
    expect(await at(otherPort)).toEqual({ address: `http://127.0.0.1:${otherPort}`, state: "taken" });
  });

  test("finds it free when who held it, as another doctor does, is gone a moment later", async () => {
    const holder = createServer((socket) => socket.destroy());
    const port = await new Promise<number>((resolve) => {
      holder.listen(0, "127.0.0.1", () => resolve((holder.address() as { port: number }).port));
    });
    const timer = setTimeout(() => holder.close(), 100);
    expect(await at(port)).toEqual({ address: `http://127.0.0.1:${port}`, state: "free" });
    clearTimeout(timer);
  });

  test("gives the system's word when the address is not one of this machine", async () => {
    expect(await readListenAddress("http://192.0.2.1:80", { host: "192.0.2.1", port: 80 })).toEqual({
      address: "http://192.0.2.1:80",
      state: "refused",
      code: "EADDRNOTAVAIL",
    });
  });
});

test("resolveListenAddress() says whether the server could listen", () => {
  const address = "http://127.0.0.1:11433";
  expect(resolveListenAddress({ address, state: "free" })).toEqual({ status: "ok", found: `${address} is free` });
  expect(resolveListenAddress({ address, state: "termite", version: "0.1.0" })).toEqual({ status: "ok", found: `termite 0.1.0 answers at ${address}` });
  expect(resolveListenAddress({ address, state: "taken" })).toEqual({
    status: "fail",
    found: `${address}: another program holds it`,
    needed: "an address that nobody else listens on",
    remedy: "Set TERMITE_API_URL (or --api-url) to another port",
  });
  const remedy = "Set TERMITE_API_URL (or --api-url) to such an address";
  expect(resolveListenAddress({ address, state: "refused", code: "EACCES" })).toEqual({
    status: "fail",
    found: `${address}: this user cannot listen there (EACCES)`,
    needed: "a port above 1023, or the right to bind it",
    remedy,
  });
  expect(resolveListenAddress({ address, state: "refused", code: "EADDRNOTAVAIL" })).toEqual({
    status: "fail",
    found: `${address}: this user cannot listen there (EADDRNOTAVAIL)`,
    needed: "an address of this machine",
    remedy,
  });
});

test("resolveProxy() names the variables without user name and password", () => {
  expect(resolveProxy({ PATH: "/bin" })).toEqual({ status: "ok", found: "no proxy variable is set" });
  const environment = {
    HTTPS_PROXY: "http://ann:secret@proxy.example:3128",
    http_proxy: "ann:secret@proxy.example:8080",
    ALL_PROXY: "socks5://ann:secret@proxy.example",
    NO_PROXY: "localhost,.example",
    no_proxy: "",
  };
  expect(resolveProxy(environment)).toEqual({
    status: "ok",
    found: "HTTPS_PROXY=http://proxy.example:3128 http_proxy=http://proxy.example:8080 ALL_PROXY=socks5://proxy.example NO_PROXY=localhost,.example",
  });
});

test("resolveProxy() shows nothing of what is no address", () => {
  expect(resolveProxy({ HTTPS_PROXY: "ann:secret" })).toEqual({ status: "ok", found: "HTTPS_PROXY=…" });
});

describe("readIndex()", () => {
  const read = async (url: string) => resolveIndex(await readIndex(resolveIndexUrl({}, [], { value: url, origin: "--plugins-index-url" })));

  test("says that the index answers when it has the page", async () => {
    expect(await read(`http://ann:secret@127.0.0.1:${index.port}/simple/`)).toEqual({
      status: "ok",
      found: `http://127.0.0.1:${index.port}/simple/ (--plugins-index-url) answers`,
    });
  });

  test("says so when it lacks the package", async () => {
    expect(await read(`http://127.0.0.1:${index.port}/empty/`)).toEqual({
      status: "ok",
      found: `http://127.0.0.1:${index.port}/empty/ (--plugins-index-url) answers; it has no "jax-cuda13-pjrt"`,
    });
  });

  test("warns with what to set when nobody answers", async () => {
    expect(await read("http://127.0.0.1:1/simple/")).toEqual({
      status: "warn",
      found:
        'http://127.0.0.1:1/simple/ (--plugins-index-url): Cannot fetch "http://127.0.0.1:1/simple/jax-cuda13-pjrt/": ' +
        "the connection failed (ECONNREFUSED)",
      needed: "an index that answers, for installing plugins",
      remedy: "Check the network and the proxy variables, or name another index in plugins.index_url or PIP_INDEX_URL",
    });
  });
});

describe("readConfiguredIndex()", () => {
  const load = (env: Record<string, string>) => loadConfig({ flags: {}, env: { HOME: "/nonexistent", ...env }, cwd: "/", isTerminal: false });

  test("asks nobody when termite is offline", async () => {
    const environment = { TERMITE_OFFLINE: "1", TERMITE_PLUGINS_INDEX_URL: `http://127.0.0.1:${index.port}/offline/` };
    const facts = await readConfiguredIndex({ loaded: await load(environment), environment });
    expect(resolveIndex(facts)).toEqual({ status: "ok", found: "skipped (--offline)" });
    expect(asked.filter((path) => path.startsWith("/offline/"))).toEqual([]);
  });

  test("asks the index of the configuration", async () => {
    const environment = { TERMITE_PLUGINS_INDEX_URL: `http://127.0.0.1:${index.port}/simple/` };
    const facts = await readConfiguredIndex({ loaded: await load(environment), environment });
    expect(resolveIndex(facts)).toEqual({
      status: "ok",
      found: `http://127.0.0.1:${index.port}/simple/ (TERMITE_PLUGINS_INDEX_URL) answers`,
    });
  });

  test("warns without the address when pip's setting cannot be used", async () => {
    const environment = { PIP_INDEX_URL: "secret", PIP_CONFIG_FILE: "/dev/null" };
    const facts = await readConfiguredIndex({ loaded: await load({}), environment });
    expect(resolveIndex(facts).found).toBe('Cannot use the package index of "PIP_INDEX_URL": it is not an https address');
  });
});
