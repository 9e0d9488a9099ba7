import type { KubeConfig } from '@kubernetes/client-node';
import { createHash } from 'node:crypto';
import type { AgentOptions, RequestOptions } from 'node:https';
import { Agent, ProxyAgent, type buildConnector, type Dispatcher } from 'undici';

/**
 * Keeps one connection pool for the server and TLS material in use (the client itself makes a new one for each request).
 * When a certificate file changes, new requests get a new pool; the old one closes when its last request ends.
 */
export class DispatcherCache {
  private current: { readonly key: string; readonly dispatcher: Dispatcher } | undefined;

  for(kubeConfig: KubeConfig, material: RequestOptions): Dispatcher {
    const cluster = kubeConfig.getCurrentCluster();
    const options = kubeConfig.createDispatcherOptions(cluster, tlsMaterial(material));
    const key = fingerprint([cluster?.server, options]);
    if (this.current?.key !== key) {
      void this.current?.dispatcher.close();
      this.current = { key, dispatcher: createDispatcher(options) };
    }
    return this.current.dispatcher;
  }

  /** Breaks off what is running. */
  async destroy(): Promise<void> {
    const old = this.current;
    this.current = undefined;
    await old?.dispatcher.destroy();
  }
}

type DispatcherOptions = ReturnType<KubeConfig['createDispatcherOptions']>;

/** Setting up TCP and TLS may take 10 s, which is undici's own limit. */
function createDispatcher(options: DispatcherOptions): Dispatcher {
  switch (options.type) {
    case 'agent':
      return new Agent({ connect: options.connect as buildConnector.BuildOptions });
    case 'proxy':
      return new ProxyAgent({
        uri: options.uri,
        requestTls: options.requestTls as buildConnector.BuildOptions,
        connect: options.connect as buildConnector.BuildOptions,
      });
    case 'none':
      return new Agent();
    case 'socks':
      throw new Error(
        'The kubeconfig has a SOCKS proxy (`proxy-url`), which is not supported; use an HTTP proxy.',
      );
  }
}

function tlsMaterial(material: RequestOptions): AgentOptions {
  const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = material;
  return { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername };
}

/** A hash, so that no private key lies around in a string that could be printed. */
function fingerprint(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
