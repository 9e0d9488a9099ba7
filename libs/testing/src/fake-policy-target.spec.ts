import { policyTargetContract } from '../../sources/src/policy-target.contract.js';
import { FakePolicyTarget } from './fake-policy-target.js';

policyTargetContract('the fake', async () => {
  const target = new FakePolicyTarget();
  return {
    target,
    namespace: 'shop',
    missingNamespace: 'nowhere',
    put: async (key, spec, manager) => target.put(key, spec, { manager }),
    remove: async (key) => target.remove(key),
    close: async () => undefined,
  };
});
