// What every request of this folder obeys: who may see a credential, whom to trust, how long to be patient.

/** An `Authorization` header and the only origin ("https://host:port") that may receive it. */
export interface Credentials {
  origin: string;
  authorization: string;
}

export interface HttpOptions {
  /** Sent to the origin of the address that is asked for, never to another one after a redirect. */
  headers?: Readonly<Record<string, string>>;
  credentials?: Credentials | undefined;
  /** PEM text of the certificate authorities to trust instead of the system's (and instead of SSL_CERT_FILE's). */
  certificateAuthority?: string | undefined;
  /** True: every request is refused with code `offline` before a socket is opened, loopback included. */
  offline?: boolean;
  signal?: AbortSignal | undefined;
  /** Longest silence of the server, before the headers and between two pieces of the body. Default 30 s. */
  stallTimeoutMs?: number;
  /** How often a failure that may pass is tried again. Default 5. */
  retries?: number;
  /** First back-off; doubles with each retry, up to 30 s. Default 500 ms. */
  retryDelayMs?: number;
  /** Somebody else can be asked for the same: a connection that is refused is then told at once. */
  hasAlternative?: boolean | undefined;
}
