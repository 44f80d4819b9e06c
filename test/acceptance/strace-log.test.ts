// The reader of strace's log: a foreign address in any sending call must be found.
import { expect, test } from "bun:test";
import { parseTraffic } from "./strace-log.ts";

const LOOPBACK = [
  '7 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 5',
  '7 bind(5, {sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr("0.0.0.0")}, 16) = 0',
  '7 connect(5, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}, 16) = 0',
  '7 connect(6, {sa_family=AF_UNIX, sun_path="/run/x"}, 10) = -1 ENOENT',
];

test("parseTraffic() counts calls when everything is local", () => {
  expect(parseTraffic(LOOPBACK.join("\n"))).toEqual({ sends: 1, calls: 4, foreign: [] });
});

test.each([
  '9 connect(5, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("192.0.2.1")}, 16) = -1 EINPROGRESS',
  '9 sendto(5, "x", 1, 0, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("192.0.2.53")}, 16) = 1',
  '9 connect(5, {sa_family=AF_INET6, sin6_port=htons(443), inet_pton(AF_INET6, "2001:db8::1", &sin6_addr)}, 28) = 0',
])("parseTraffic() reports a foreign destination when the line is %s", (line) => {
  expect(parseTraffic([...LOOPBACK, line].join("\n")).foreign).toEqual([line]);
});
