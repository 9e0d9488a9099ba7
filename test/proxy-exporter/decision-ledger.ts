import type { Decision, FlowRun } from './flow-run.js';
import type { Flow, Served } from './mesh/flow.js';
import { identityOf } from './mesh/pods.js';
import type { DecisionTruth } from './truth.js';

/** Adds up by key what the servers' proxies decided; several flows may have one key. */
export class DecisionLedger {
  readonly #decisions = new Map<string, DecisionTruth>();

  add(run: FlowRun): void {
    for (const decision of run.decisions) {
      const { count } = decision;
      const key = decisionKey(run, decision);
      if (key === undefined) continue;
      const text = JSON.stringify(key);
      this.#decisions.set(text, { ...key, count: (this.#decisions.get(text)?.count ?? 0) + count });
    }
  }

  decisions(): readonly DecisionTruth[] {
    return [...this.#decisions.values()];
  }
}

function decisionKey(
  { flow, server }: FlowRun,
  { served, overMesh }: Readonly<Decision>,
): Omit<DecisionTruth, 'count'> | undefined {
  if (server === undefined) return undefined;
  const http = flow.requests !== undefined;
  return {
    pod: server.pod.name,
    namespace: server.pod.namespace,
    what: whatOf(served),
    protocol: http ? 'http' : 'tcp',
    server: served.server,
    port: flow.endpoint.port,
    ...(http && { route: served.route }),
    ...(served.authorization && { authorization: served.authorization }),
    client: clientOf(flow, overMesh),
  };
}

function whatOf({ authorization }: Served): DecisionTruth['what'] {
  if (authorization === undefined) return 'denied';
  return authorization.kind === 'default' && authorization.name === 'audit' ? 'audited' : 'allowed';
}

const clientOf = ({ client }: Flow, overMesh: boolean): DecisionTruth['client'] =>
  overMesh && client.kind === 'pod'
    ? { kind: 'identity', identity: identityOf(client.pod.serviceAccount, client.pod.namespace) }
    : { kind: 'unmeshed' };
