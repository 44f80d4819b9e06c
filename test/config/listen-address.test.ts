import { describe, expect, test } from "bun:test";
import { findListenAddress, resolvePort } from "../../src/config/listen-address.ts";
import { isLoopback, resolveHost } from "../../src/loopback.ts";

describe("findListenAddress()", () => {
  test.each([
    ["http://127.0.0.1:11433", "127.0.0.1", 11433, true],
    ["http://127.9.9.9:1", "127.9.9.9", 1, true],
    ["http://localhost", "localhost", 11433, true],
    ["http://localhost:8080/", "localhost", 8080, true],
    ["http://LOCALHOST:80", "localhost", 80, true],
    ["http://[::1]:0", "::1", 0, true],
    ["http://0x7f.1:5", "127.0.0.1", 5, true],
    ["http://0.0.0.0:11433", "0.0.0.0", 11433, false],
    ["http://[::]", "::", 11433, false],
    ["http://[::ffff:127.0.0.1]:1", "::ffff:7f00:1", 1, false],
    ["http://10.0.0.5:11433", "10.0.0.5", 11433, false],
    ["http://127.example.com:1", "127.example.com", 1, false],
    ["http://localhost.example.com:1", "localhost.example.com", 1, false],
  ])("reads %p: host %p, port %p, loopback %p", (text, host, port, loopback) => {
    const url = findListenAddress(text);
    if (url === undefined) throw new Error("no address");
    expect([resolveHost(url), resolvePort(url), isLoopback(url)]).toEqual([host, port, loopback]);
  });

  test.each([
    "",
    "127.0.0.1:11433",
    ":11433",
    "https://127.0.0.1",
    "http://",
    "http://127.0.0.1:99999",
    "http://127.0.0.1:x",
    "http://127.0.0.1/path",
    "http://127.0.0.1?x=1",
    "http://127.0.0.1#x",
    "http://user:secret@127.0.0.1",
    "http://user@127.0.0.1",
    "http://[::1",
    "http://[zz]:1",
    "http://300.0.0.1",
    " http://127.0.0.1",
    "http://127.0.0.1\\@evil",
    "unix:/tmp/x",
  ])("finds none in %p", (text) => {
    expect(findListenAddress(text)).toBeUndefined();
  });
});
