import { describe, expect, it } from '@jest/globals';
import { egressNetworkStatus } from './egress-network-status.js';

const cluster = ['10.0.0.0/8', 'fd00::/8'];
const network = (cidr: string, ...except: readonly string[]) => ({ cidr, except });
const accepted = { type: 'Accepted', status: 'True', reason: 'Accepted' };
const refused = { type: 'Accepted', status: 'False', reason: 'EgressReasonNetworkOverlap' };

describe('the status of an egress network', () => {
  it.each([
    ['outside of the cluster', [network('203.0.113.0/24')], accepted],
    ['of one address outside', [network('203.0.113.7')], accepted],
    ['within a cluster network', [network('10.1.0.0/16')], refused],
    ['around one', [network('0.0.0.0/0')], refused],
    ['around one that is excepted', [network('0.0.0.0/0', '10.0.0.0/8')], accepted],
    ['around one of which a part is excepted', [network('0.0.0.0/0', '10.1.0.0/16')], refused],
    ['of which the second is within one', [network('203.0.113.0/24'), network('fd12::/16')], refused],
    ['that is unreadable', [network('nowhere', 'neither')], accepted],
  ])('of networks %s', (_, networks, expected) => {
    expect(egressNetworkStatus({ networks }, cluster)).toEqual(expected);
  });

  it('accepts one without networks, which is everything outside', () => {
    expect(egressNetworkStatus({}, cluster)).toEqual(accepted);
    expect(egressNetworkStatus({}, undefined)).toEqual(accepted);
  });

  it('is not known where the cluster networks are not', () => {
    expect(egressNetworkStatus({ networks: [network('203.0.113.0/24')] }, undefined)).toBeUndefined();
  });
});
