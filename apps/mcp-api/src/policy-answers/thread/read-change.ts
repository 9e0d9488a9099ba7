import type { ManifestValidation } from '@mcp/contracts';
import { observe, type WatchedKind, watchedKinds } from '@mcp/linkerd';
import { type ManifestTextObject, readManifestText } from '@mcp/manifests';
import { policyKinds } from '@mcp/mesh';
import type { AppliedPolicyObject } from '@mcp/policy';
import { manifestValidationToProto } from '../../to-proto/manifest-validation.to-proto.js';

/** What a text asks to apply: plain data. Where anything is unusable or refused, the objects are not all of it. */
export interface ReadChange {
  readonly objects: readonly AppliedPolicyObject[];
  readonly manifests: readonly ManifestValidation[];
  /** What cannot be read, and what is no policy object: a sentence each. */
  readonly unusable: readonly string[];
  /** Each rule of admission that an object breaks: a sentence each. */
  readonly refused: readonly string[];
}

/** Never throws, as `readManifestText`. */
export function readChange(yaml: string): ReadChange {
  const { objects, problems } = readManifestText(yaml);
  const read = objects.map(readManifest);
  return {
    objects: read.flatMap(({ object }) => object ?? []),
    manifests: read.map(({ manifest }) => manifest),
    unusable: [
      ...problems.map(({ document, line, message }) =>
        document === 0 ? message : `document ${document}, line ${line}: ${message}`,
      ),
      ...read.flatMap(({ unusable }) => unusable ?? []),
    ],
    refused: read.flatMap(({ manifest }) =>
      manifest.violations.map(({ field, message }) => `${nameOf(manifest)}: ${field}: ${message}`),
    ),
  };
}

interface ReadManifest {
  readonly manifest: ManifestValidation;
  readonly object?: AppliedPolicyObject;
  readonly unusable?: string;
}

function readManifest(text: ManifestTextObject): ReadManifest {
  const manifest = manifestValidationToProto(text);
  const { notJudgedBecause } = manifest;
  const unusable = (why: string): ReadManifest => ({ manifest, unusable: `${nameOf(manifest)}: ${why}` });
  if (notJudgedBecause !== '') return unusable(notJudgedBecause);
  // what breaks a rule may be of any shape
  if (manifest.violations.length > 0) return { manifest };
  const watched = kinds.find((kind) => isOf(kind, manifest));
  if (watched === undefined) return unusable('no policy of this kind decides about callers');
  const observed = observe(watched, asCreated(text.object));
  if (!('state' in observed)) return unusable(`${observed.problem.field}: ${observed.problem.message}`);
  // the kinds that are looked for are those of policy
  return { manifest, object: { kind: observed.kind, state: observed.state } as AppliedPolicyObject };
}

const kinds = watchedKinds({}).filter(({ kind }) => policyKinds.some((policy) => policy === kind));

function isOf({ group, versions, objectKind }: WatchedKind, { apiVersion, object }: ManifestValidation) {
  const [version = '', ofGroup = ''] = apiVersion.split('/').reverse();
  return group === ofGroup && objectKind === object?.kind && versions.some((served) => served === version);
}

/** With what the API server would add, of which the simulation sets what counts. */
function asCreated(object: unknown): unknown {
  const { metadata, ...rest } = object as { readonly metadata: object };
  return {
    ...rest,
    metadata: { ...metadata, uid: 'not-applied', creationTimestamp: '1970-01-01T00:00:00Z' },
  };
}

/** `Server shop/web in document 1, line 1`. */
function nameOf({ document, line, object }: ManifestValidation): string {
  const { kind = '', namespace = '', name = '' } = object ?? {};
  const path = [namespace, name].filter((part) => part !== '').join('/');
  const words = [kind, path].filter((part) => part !== '').join(' ');
  return `${words === '' ? 'what is' : words} in document ${document}, line ${line}`;
}
