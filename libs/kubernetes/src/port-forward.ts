import { createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { PortForward } from '@kubernetes/client-node';
import type { ClusterConnection } from './cluster-connection.js';
import { isRecord } from './kubernetes-object.js';

export interface ForwardedPort {
  /** On loopback. */
  readonly port: number;
  /** Ends what is open. */
  close(): Promise<void>;
}

/** The name of a pod that is ready, of those with the labels; undefined where there is none. Fails as `ClusterConnection.request`. */
export async function readyPod(
  connection: ClusterConnection,
  namespace: string,
  labelSelector: string,
): Promise<string | undefined> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;
  const { body } = await connection.request('GET', path, { query: { labelSelector } });
  const items = isRecord(body) && Array.isArray(body['items']) ? (body['items'] as readonly unknown[]) : [];
  return items.filter(isReady).map(nameOf)[0];
}

/**
 * Listens on a free port of loopback; each connection is one to the port of the pod, through the API server and the kubelet. What goes wrong
 * with one is reported, and ends it.
 */
export async function forwardToPod(
  connection: ClusterConnection,
  to: { readonly namespace: string; readonly pod: string; readonly port: number },
  onError: (error: Error) => void,
): Promise<ForwardedPort> {
  const sockets = new Set<Socket>();
  const forward = new PortForward(connection.kubeConfig);
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    // what the pod says of a failure comes on a stream of its own
    const refused = new PassThrough();
    refused.on('data', (text: Buffer) => {
      onError(new Error(text.toString().trim()));
      socket.destroy();
    });
    forward.portForward(to.namespace, to.pod, [to.port], socket, refused, socket).then(
      (opened) => {
        const channel = opened as unknown as Channel;
        channel.onclose = () => socket.end();
        socket.on('close', () => channel.close());
      },
      (error: unknown) => {
        onError(failureOf(error));
        socket.destroy();
      },
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** What is used of a WebSocket. */
interface Channel {
  onclose: (() => void) | null;
  close(): void;
}

/** A socket that cannot be opened fails with an event, and no error. */
function failureOf(error: unknown): Error {
  if (error instanceof Error) return error;
  const message = isRecord(error) ? error['message'] : undefined;
  return new Error(typeof message === 'string' ? message : 'the API server does not forward the port');
}

function isReady(pod: unknown): boolean {
  const status = isRecord(pod) ? pod['status'] : undefined;
  const conditions = isRecord(status) ? status['conditions'] : undefined;
  return (
    Array.isArray(conditions) &&
    conditions.some((each) => isRecord(each) && each['type'] === 'Ready' && each['status'] === 'True')
  );
}

function nameOf(pod: unknown): string {
  const metadata = isRecord(pod) ? pod['metadata'] : undefined;
  const name = isRecord(metadata) ? metadata['name'] : undefined;
  return typeof name === 'string' ? name : '';
}
