// `cors.origins`: the web pages that may ask, as browsers name them in the header `Origin`.

export const ORIGIN = 'an origin such as "https://app.example": scheme, host and port, nothing after them; or "*" alone';

/** "https://app.example", "http://localhost:3000", "vscode-webview://x"; for http exactly as browsers write it. */
export function isOrigin(text: string): boolean {
  if (text === "*") return true;
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@*]+$/.test(text) || !URL.canParse(text)) return false;
  const { origin, protocol } = new URL(text);
  return (protocol !== "http:" && protocol !== "https:") || origin === text;
}

/** "*" beside others would make them mean nothing. */
export function isOriginList(origins: readonly string[]): boolean {
  return origins.length <= 1 || !origins.includes("*");
}
