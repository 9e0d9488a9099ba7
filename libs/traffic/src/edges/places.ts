import type { TrafficEnd, WorkloadRef } from '@mcp/mesh';
import { formatTrafficEnd } from '@mcp/mesh';

/** One end of edges, the same object for the same end throughout a reading. */
export interface Place {
  readonly end: TrafficEnd;
  /** By `formatTrafficEnd`. */
  readonly text: string;
  /** Counted from 0. */
  readonly number: number;
}

export class Places {
  readonly #byText = new Map<string, Place>();
  /** The directory gives the same object for the same workload, mostly. */
  readonly #byWorkload = new Map<WorkloadRef, Place>();

  of(end: TrafficEnd): Place {
    const text = formatTrafficEnd(end);
    let place = this.#byText.get(text);
    if (place === undefined) {
      place = { end, text, number: this.#byText.size };
      this.#byText.set(text, place);
    }
    return place;
  }

  ofWorkload(workload: WorkloadRef): Place {
    let place = this.#byWorkload.get(workload);
    if (place === undefined) {
      place = this.of({ kind: 'workload', workload });
      this.#byWorkload.set(workload, place);
    }
    return place;
  }

  /** `named` as the telemetry has it; what would make the key of an edge ambiguous is written as in a URL. */
  unknown(named: string): Place {
    return this.of({ kind: 'unknown', named: named.replaceAll('>', '%3E') });
  }
}
