// Reads what `strace -f -e trace=network` wrote. Pure.

/** A literal sample: `123 connect(5, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("10.0.0.2")}, 16) = 0`. */
const SENDING = /\b(?:connect|sendto|sendmsg|sendmmsg)\(/;
const ADDRESS = /inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"/g;

export interface Traffic {
  /** System calls that name an internet destination. */
  sends: number;
  /** Network calls of any kind; none at all means that nothing was traced. */
  calls: number;
  /** Lines whose destination is not this machine. */
  foreign: string[];
}

export function parseTraffic(log: string): Traffic {
  const lines = log.split("\n");
  const destinations = lines.filter((line) => SENDING.test(line)).flatMap((line) => {
    return [...line.matchAll(ADDRESS)].map((match) => ({ line, address: match[1] ?? match[2] ?? "" }));
  });
  return {
    sends: destinations.length,
    calls: lines.filter((line) => /\b(?:socket|bind|listen|accept4?|connect|send\w*|recv\w*)\(/.test(line)).length,
    foreign: destinations.filter(({ address }) => !isLoopback(address)).map(({ line }) => line.trim()),
  };
}

function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1" || address.startsWith("::ffff:127.");
}
