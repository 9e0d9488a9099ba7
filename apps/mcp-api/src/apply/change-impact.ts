import { SimulateChangeResponse } from '@mcp/contracts';
import type { DesiredPresence, LogPosition } from '@mcp/events';
import { CallRefused } from '@mcp/grpc';
import { renderObject } from '@mcp/linkerd';
import { formatResourceKey, type ResourceKey } from '@mcp/mesh';
import { underWayBeside, type DesiredStates } from '@mcp/desired-state';
import type { EventLog } from '@mcp/event-log';
import type { MeshGraph } from '@mcp/graph';
import { caughtUpTo } from '../caught-up-to.js';
import type { Following } from '../following.js';
import type { SimulateChange } from '../policy-answers/simulate-change.js';
import { acceptedImpact } from '../to-proto/change.to-proto.js';
import type { ChangeWish, ObjectWish } from './change-wish.js';
import type { FoundImpact } from './found-impact.js';

export interface AssessedChange {
  /** The worst first. */
  readonly impacts: readonly FoundImpact[];
  /** In the order in which they are to be applied. */
  readonly objects: ChangeWish['objects'];
  /** The first page of it, or why the change could not be simulated. */
  readonly simulation: SimulateChangeResponse | CallRefused;
}

/** Tells what a change would come to, before it is recorded. */
export class ChangeImpact {
  constructor(
    private readonly log: Pick<EventLog, 'head'>,
    private readonly graph: Following<MeshGraph>,
    private readonly desired: Following<DesiredStates>,
    private readonly simulations: Pick<SimulateChange, 'simulate'>,
  ) {}

  /** `inShort`: the simulation without callers and findings. By all that is in the log now. A change that cannot be simulated has an unknown impact, and so has one beside which others are under way. */
  async assess(
    objects: ChangeWish['objects'],
    signal: AbortSignal,
    { inShort = true }: { readonly inShort?: boolean } = {},
  ): Promise<AssessedChange> {
    const head = await this.log.head();
    await caughtUpTo(this.graph, head, signal);
    const before = await this.#beside(objects, head, signal);
    const assessed = await this.#simulate(objects, inShort, signal);
    // another may have been asked for meanwhile, by who did not see this one either
    const since = await this.#beside(objects, await this.log.head(), signal);
    const others = [...new Set([...before, ...since])].sort();
    return others.length === 0 ? assessed : { ...assessed, impacts: withUnknown(assessed.impacts, others) };
  }

  /** The names of objects beside these of which a change is under way. */
  async #beside(
    objects: ChangeWish['objects'],
    head: LogPosition,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    await caughtUpTo(this.desired, head, signal);
    const keys = objects.map(({ key }) => key);
    return underWayBeside(this.desired.now.state, keys).map(formatResourceKey);
  }

  async #simulate(
    objects: ChangeWish['objects'],
    inShort: boolean,
    signal: AbortSignal,
  ): Promise<AssessedChange> {
    const present = objects.filter(isPresence).map((object) => renderObject(object));
    const asked = {
      yaml: present.map((manifest) => JSON.stringify(manifest)).join('\n---\n'),
      delete: objects.filter((object) => !isPresence(object)).map(({ key }) => key),
      namespaces: [],
      includeUnchanged: false,
      inShort,
    };
    try {
      const answer = await this.simulations.simulate(asked, firstPage, signal);
      const simulation = SimulateChangeResponse.decode(answer);
      const { impactsToAccept, order } = simulation;
      return {
        impacts: impactsToAccept.map(({ code, ...impact }) => ({
          code: acceptedImpact([code])[0] ?? 'UNKNOWN_IMPACT',
          ...impact,
        })),
        objects: inOrder(objects, order),
        simulation,
      };
    } catch (error) {
      if (!(error instanceof CallRefused)) throw error;
      const message = `it cannot be simulated: ${error.message}`;
      const impact = { code: 'UNKNOWN_IMPACT', message, digest: error.code } as const;
      return { impacts: [impact], objects, simulation: error };
    }
  }
}

/** At most so many are named. */
const mostNamed = 5;

function withUnknown(impacts: readonly FoundImpact[], others: readonly string[]): readonly FoundImpact[] {
  const known = impacts.find(({ code }) => code === 'UNKNOWN_IMPACT');
  const more = others.length > mostNamed ? ` and ${others.length - mostNamed} more` : '';
  const message = `changes are under way beside it, and what all of them come to is not known: ${others.slice(0, mostNamed).join(', ')}${more}; it is when they have converged`;
  const unknown: FoundImpact = {
    code: 'UNKNOWN_IMPACT',
    message: known === undefined ? message : `${known.message}; ${message}`,
    digest: [known?.digest ?? '', ...others].join(' '),
  };
  return [...impacts.filter((impact) => impact !== known), unknown];
}

const firstPage = { at: '', pageBytes: 0, pageToken: '' };

function isPresence(wish: ObjectWish): wish is ObjectWish & Pick<DesiredPresence, 'spec'> {
  return wish.spec !== undefined;
}

/** Those that the order does not name come last. */
function inOrder(
  objects: ChangeWish['objects'],
  order: readonly { readonly kind: string; readonly namespace: string; readonly name: string }[],
): ChangeWish['objects'] {
  const places = new Map(order.map((key, place) => [formatResourceKey(key as ResourceKey), place]));
  const placeOf = ({ key }: ObjectWish) => places.get(formatResourceKey(key)) ?? Infinity;
  const [first = objects[0], ...more] = [...objects].sort((a, b) => placeOf(a) - placeOf(b));
  return [first, ...more];
}
