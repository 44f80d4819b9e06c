// The address to listen on, the way out, and the index at its end.
import { resolveHost } from "../../loopback.ts";
import { resolvePort } from "../../config/listen-address.ts";
import type { Check } from "../check.ts";
import { resolveIndex } from "./index-reach.ts";
import { readListenAddress, resolveListenAddress } from "./listen-address.ts";
import { resolveProxy } from "./proxy.ts";
import { readConfiguredIndex } from "./read-index.ts";

export const NETWORK_CHECKS: readonly Check[] = [
  {
    id: "network.api_url",
    run: async ({ loaded }) => {
      const { apiUrl } = loaded.config;
      const place = { host: resolveHost(apiUrl), port: resolvePort(apiUrl) };
      return resolveListenAddress(await readListenAddress(apiUrl.origin, place));
    },
  },
  { id: "network.proxy", run: async ({ environment }) => resolveProxy(environment) },
  { id: "network.index", run: async (examination) => resolveIndex(await readConfiguredIndex(examination)) },
];
