/** Where a Prometheus is, and who we are there. */
export interface PrometheusServer {
  /** `http:` or `https:`, with the path prefix that stands before `/api/v1`: `https://mimir/prometheus`. A user and password in it are used as `credentials`. */
  readonly url: string;
  readonly credentials?: Credentials;
  /** Sent with every request: `{ 'X-Scope-OrgID': 'tenant' }`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** PEM file of the authorities to trust instead of the system's; read again for each request. */
  readonly caFile?: string;
  /** TCP and TLS; 5 s when not given. */
  readonly connectTimeoutMs?: number;
  /** From the question to the last byte of its answer, also told to the server; 30 s when not given. */
  readonly answerTimeoutMs?: number;
  /** Of one answer, unpacked; 64 MiB when not given. */
  readonly maxAnswerBytes?: number;
  /** Rows that the server may give; it warns where there are more. Servers that do not know of it give all. */
  readonly limit?: number;
}

/** Files are read for each request, so that a rotated secret is used at once; white space around what is in them does not count. */
export type Credentials =
  | { readonly token: string }
  | { readonly tokenFile: string }
  | { readonly user: string; readonly password: string }
  | { readonly user: string; readonly passwordFile: string };

export interface QueryAddress {
  readonly origin: string;
  readonly path: string;
  /** For messages: without user and password. */
  readonly shown: string;
  readonly credentials: Credentials | undefined;
}

/** Where questions go. Fails, saying why, when the URL is no base URL of such a server. */
export function queryAddress({ url, credentials }: PrometheusServer): QueryAddress {
  if (!URL.canParse(url))
    throw new Error('The URL of Prometheus cannot be read: it is not http(s)://host:port/prefix.');
  const { protocol, origin, pathname, search, hash, username, password } = new URL(url);
  const path = `${pathname.replace(/\/+$/, '')}/api/v1/query`;
  const shown = `${origin}${path}`;
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new Error(`The URL of Prometheus must begin with http:// or https://, and not with ${protocol}`);
  if (search !== '' || hash !== '')
    throw new Error(
      `The URL of Prometheus must end with its path; leave out what follows "?" or "#" (${origin}${pathname}).`,
    );
  if (/\/api\/v1(?:\/query)?\/*$/.test(pathname))
    throw new Error(`The URL of Prometheus must end before /api/v1, which is added (${origin}${pathname}).`);
  if (username === '' && password === '') return { origin, path, shown, credentials };
  if (credentials !== undefined)
    throw new Error(
      `Prometheus has a user in its URL and other credentials: leave one of them out (${shown}).`,
    );
  const inUrl = { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  return { origin, path, shown, credentials: inUrl };
}
