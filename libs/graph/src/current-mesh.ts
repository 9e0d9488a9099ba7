import type { MeshView } from '@mcp/policy';
import { PolicyIndex } from '@mcp/policy';
import type { CurrentNamespace } from './derive/current-namespace.js';
import { currentNamespace } from './derive/current-namespace.js';
import { differingEnds } from './derive/ends.js';
import type { Facts } from './facts.js';
import { inScope } from './facts.js';
import { viewOfFacts } from './mesh-view.js';
import { parentSpaces, Referrers } from './referrers.js';
import type { Touched } from './touched.js';

/** What follows, elsewhere, from what was found in a namespace. */
export interface Looked {
  /** Where policy may say something else. */
  readonly ruled: readonly string[];
  /** What has come or gone that may be at the end of an edge, by `formatTrafficEnd`. */
  readonly ends: readonly string[];
}

/** What there is in each namespace that is looked at, worked out when it was last looked at, and the view of the mesh made of it. */
export class CurrentMesh {
  readonly #namespaces = new Map<string, CurrentNamespace>();
  readonly #referrers = new Referrers();
  #view: MeshView | undefined;
  /** A namespace was looked at since the view was made. */
  #viewIsOld = true;
  #policies: PolicyIndex | undefined;

  constructor(private readonly facts: Facts) {}

  of(namespace: string): CurrentNamespace | undefined {
    return this.#namespaces.get(namespace);
  }

  /** Takes what is touched of a namespace as the facts have it now. */
  look(namespace: string, touched: Touched): Looked {
    this.#viewIsOld = true;
    const before = this.#namespaces.get(namespace);
    const home = inScope(this.facts, namespace) ? this.facts.namespaces.get(namespace) : undefined;
    const after = home && currentNamespace(this.facts, namespace, home, touched, before);
    if (after === undefined) this.#namespaces.delete(namespace);
    else this.#namespaces.set(namespace, after);
    this.#referrers.set(namespace, before?.view, after?.view);
    const ruled = [
      ...(touched === 'everything' || !samePolicy(before, after) ? [namespace] : []),
      ...(sameAuthentications(before, after) ? [] : this.#referrers.to(namespace)),
      ...(before?.view.policy.GRPCRoute === after?.view.policy.GRPCRoute
        ? []
        : [before, after].flatMap((current) => [...parentSpaces(current?.view)])),
    ];
    return { ruled, ends: differingEnds(before, after) };
  }

  /** The same object as before where nothing changed. */
  view(): MeshView {
    if (this.#view === undefined || this.#viewIsOld)
      this.#view = viewOfFacts(this.facts, this.#namespaces, this.#view);
    this.#viewIsOld = false;
    return this.#view;
  }

  /** What policy says by all that the log says, however well its sources are followed. */
  policies(): PolicyIndex {
    const { namespaces, settings, scope } = this.view();
    const known = this.#policies?.view;
    if (
      this.#policies === undefined ||
      known?.namespaces !== namespaces ||
      known.settings !== settings ||
      known.scope !== scope
    )
      this.#policies = new PolicyIndex({ namespaces, settings, scope, notLive: new Map() });
    return this.#policies;
  }
}

function samePolicy(a: CurrentNamespace | undefined, b: CurrentNamespace | undefined): boolean {
  return a?.view.policy === b?.view.policy && a?.unreadable === b?.unreadable;
}

/** Policies of other namespaces may refer to these. */
function sameAuthentications(a: CurrentNamespace | undefined, b: CurrentNamespace | undefined): boolean {
  return (
    a?.view.policy.MeshTLSAuthentication === b?.view.policy.MeshTLSAuthentication &&
    a?.view.policy.NetworkAuthentication === b?.view.policy.NetworkAuthentication &&
    a?.unreadable === b?.unreadable
  );
}
