/** Where the API is, and how to speak to it. */
export interface ApiAddress {
  /** `host:port`. */
  readonly target: string;
  readonly tls: boolean;
}

export class AddressUnusable extends Error {
  readonly code = 'ADDRESS_UNUSABLE';
}

const defaultPort = 10_900;

/** Reads `host`, `host:port`, or a URL of http or https. Fails with `AddressUnusable`. */
export function readApiAddress(text: string): ApiAddress {
  const withScheme = /^[a-z]+:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || !['', '/'].includes(url.pathname)) {
    throw new AddressUnusable(
      `${JSON.stringify(text)} is no address: say host:port, such as localhost:${defaultPort}, or https://host:port`,
    );
  }
  const tls = url.protocol === 'https:';
  // a URL leaves out the port that its scheme has anyway, and 443 may be meant
  const said = /:(\d+)\/?$/.exec(withScheme)?.[1];
  const port = url.port !== '' ? url.port : (said ?? (tls ? '443' : String(defaultPort)));
  return { target: `${url.hostname}:${port}`, tls };
}
