import type { Network } from '@mcp/mesh';
import type { Field } from './field.js';

/** As written, also where it is no network: that Linkerd then ignores the object as a whole is for policy to say. */
export function readNetwork(network: Field): Network {
  return {
    cidr: network.at('cidr').text(),
    except: network.at('except').list((field) => field.text()),
  };
}
