/** What a person wants to know first, and what to try next. On standard output; logs go to standard error. */
export function welcome(at: {
  readonly mesh: string;
  readonly log: string;
  /** `host:port` of the API. */
  readonly api: string;
  readonly operations: number;
  readonly authenticated: boolean;
}): void {
  const header = at.authenticated ? ` -H 'authorization: Bearer <token>'` : '';
  const call = `npx buf curl --protocol grpc --http2-prior-knowledge${header} http://${at.api}/mcp.v1`;
  process.stdout.write(`
  looking at   ${at.mesh}
  event log    ${at.log}
  gRPC API     ${at.api}
  operations   http://127.0.0.1:${at.operations}/readyz and /metrics

Try, in another terminal:

  ${call}.MeshContext/GetMeshGraph
  ${call}.MeshContext/WatchMeshGraph
  ${call.split(' http')[0] ?? ''} http://${at.api} --list-methods

Ctrl-C ends it.
`);
}
