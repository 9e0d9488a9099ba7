import type { TrafficReading } from '@mcp/sources';
import { Calls } from './calls.js';
import { Destinations } from './destinations.js';
import { EgressNetworks } from './egress.js';
import { LeftOut } from './left-out.js';
import { Places } from './places.js';
import type { PodDirectory } from './directory/pod-directory.js';
import { Proxies } from './proxies.js';
import { RouteTallies } from './route-tallies.js';

/** What one reading is being made into. */
export class Measuring {
  readonly places = new Places();
  readonly calls = new Calls();
  readonly leftOut = new LeftOut();
  readonly proxies: Proxies;
  readonly destinations: Destinations;
  readonly egress: EgressNetworks;
  readonly routes: RouteTallies;

  constructor(
    readonly reading: TrafficReading,
    readonly directory: PodDirectory,
  ) {
    this.proxies = new Proxies(reading, directory);
    this.destinations = new Destinations(directory, this.places);
    this.egress = new EgressNetworks(directory, this.places, this.proxies);
    this.routes = new RouteTallies(this.proxies);
  }

  lacks(...parts: readonly TrafficReading['missing'][number]['part'][]): boolean {
    return this.reading.missing.some(({ part }) => parts.includes(part));
  }
}

/** A millisecond of work. */
const rowsInTurn = 250;

/** Does something with each, and pauses now and then. */
export function* inTurns<T>(all: Iterable<T>, take: (one: T) => void): Generator<void> {
  let taken = 0;
  for (const one of all) {
    take(one);
    taken += 1;
    if (taken % rowsInTurn === 0) yield;
  }
}
