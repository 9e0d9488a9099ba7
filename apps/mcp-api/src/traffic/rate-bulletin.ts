import type { SeenThrough } from '@mcp/contracts';
import type { Bulletin } from '@mcp/grpc';
import { type EncodedChanges, ratesMessage } from '../graph/graph-messages.js';
import type { NamespaceFilter } from '../graph/namespace-filter.js';
import type { ToldRates } from './told-rates.js';

/** What one watcher that does not read holds of it, at most. */
const messageBytes = 64 * 1024;

/** The rates after one poll, for watchers of the graph. */
export class RateBulletin implements Bulletin<NamespaceFilter> {
  constructor(
    private readonly rates: ToldRates,
    /** Undefined where rates are no longer known. */
    private readonly seen: SeenThrough | undefined,
  ) {}

  news({ keeps }: NamespaceFilter): readonly Uint8Array[] {
    const changed = this.rates.changed.filter(keeps).map(({ bytes }) => bytes);
    const unknown = this.rates.unknown.filter(keeps).map(({ key }) => key);
    return changed.length + unknown.length === 0 ? [] : this.#messages({ changed, unknown }, false);
  }

  whole({ keeps }: NamespaceFilter): readonly Uint8Array[] {
    const changed = [...this.rates.all.values()].filter(keeps).map(({ bytes }) => bytes);
    return this.#messages({ changed, unknown: [] }, true);
  }

  /** One, or as many as it takes; the first says that the client is to forget what it had. */
  #messages({ changed, unknown }: EncodedChanges, whole: boolean): readonly Uint8Array[] {
    const messages: Uint8Array[] = [];
    let part: EncodedChanges & { readonly changed: Uint8Array[]; readonly unknown: string[] } = {
      changed: [],
      unknown: [],
    };
    let bytes = 0;
    const send = (): void => {
      messages.push(ratesMessage(part, this.seen, whole && messages.length === 0));
      part = { changed: [], unknown: [] };
      bytes = 0;
    };
    for (const rate of changed) {
      if (bytes + rate.byteLength > messageBytes) send();
      part.changed.push(rate);
      bytes += rate.byteLength;
    }
    for (const key of unknown) {
      if (bytes + key.length > messageBytes) send();
      part.unknown.push(key);
      bytes += key.length;
    }
    send();
    return messages;
  }
}
