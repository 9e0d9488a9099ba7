import { expect, it } from '@jest/globals';
import { endpoint, port, serverOf, viewOf } from '../../test/mesh-view.js';
import { PolicyIndex } from '../ports/policy-index.js';
import { targetPorts } from './target-ports.js';

it('asks about declared TCP ports and those that Servers number, and not about where the proxy takes all in', () => {
  const index = new PolicyIndex(
    viewOf({
      shop: {
        Server: [serverOf('shop', 'web', { port: 9_000 }), serverOf('shop', 'named', { port: 'http' })],
      },
    }),
  );
  const ports = [port(8_080, 'http'), port(53, 'dns', 'UDP'), port(4_143, 'linkerd-proxy'), port(4_191)];
  expect(targetPorts(index, 'shop', endpoint({ ports }))).toEqual([4_191, 8_080, 9_000]);
});
