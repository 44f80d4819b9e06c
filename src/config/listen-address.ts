// The address to listen on, as `api_url` says it: scheme, host and port, and nothing else.

const DEFAULT_PORT = 11433;

/** "http://127.0.0.1:11433", "http://localhost", "http://[::1]:0", with or without a last slash. */
const ADDRESS = /^http:\/\/(?:\[[0-9a-f:.]+\]|[^\s/?#@:[\]\\]+)(:\d{1,5})?\/?$/i;

/** The URL with its port filled in, or `undefined` for any other form. */
export function findListenAddress(text: string): URL | undefined {
  const match = ADDRESS.exec(text);
  if (match === null || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (match[1] === undefined) url.port = String(DEFAULT_PORT);
  return url;
}

/** The port of a URL from `findListenAddress`: WHATWG URLs keep port 80 as the empty string. */
export function resolvePort(url: URL): number {
  return url.port === "" ? 80 : Number(url.port);
}
