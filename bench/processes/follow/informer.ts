import { CoreV1Api, KubeConfig, makeInformer } from '@kubernetes/client-node';
import { input } from '../../child.js';
import { follow, type FollowInput } from './followed.js';

/** The informer of client-node, until its list is in the cache: it has no signal of its own for that. */
const { kubeconfigPath, pods } = input() as FollowInput;
const kubeConfig = new KubeConfig();
kubeConfig.loadFromFile(kubeconfigPath);
const api = kubeConfig.makeApiClient(CoreV1Api);
const informer = makeInformer(kubeConfig, '/api/v1/pods', () => api.listPodForAllNamespaces());

await follow(
  () =>
    new Promise((resolve, reject) => {
      let seen = 0;
      informer.on('add', () => {
        if ((seen += 1) === pods) resolve();
      });
      informer.on('error', reject);
      informer.start().catch(reject);
    }),
  () => informer.list().length,
);
