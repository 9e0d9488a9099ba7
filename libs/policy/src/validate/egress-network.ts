import type { AdmissionRules } from './admission-rules.js';
import { checkNetworks, networksSchema, requireNetwork } from './networks.js';

export const egressNetworkRules: AdmissionRules = {
  schemas: {
    v1alpha1: {
      type: 'object',
      required: ['trafficPolicy'],
      fields: { trafficPolicy: { type: 'text', oneOf: ['Allow', 'Deny'] }, networks: networksSchema },
    },
  },
  webhook({ spec }, findings) {
    requireNetwork(spec, findings);
    checkNetworks(spec, findings);
  },
};
