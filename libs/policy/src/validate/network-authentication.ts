import type { AdmissionRules } from './admission-rules.js';
import { checkNetworks, networksSchema, requireNetwork } from './networks.js';

export const networkAuthenticationRules: AdmissionRules = {
  schemas: { v1alpha1: { type: 'object', required: ['networks'], fields: { networks: networksSchema } } },
  webhook({ spec }, findings) {
    requireNetwork(spec, findings);
    checkNetworks(spec, findings);
  },
};
