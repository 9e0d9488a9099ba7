import type { Logger } from '@mcp/runtime';

/** Says once that something fails, and once that it works again, however often it was tried in between. */
export class Trouble {
  #failing = false;

  constructor(
    private readonly logger: Logger,
    private readonly messages: { readonly begins: string; readonly ends: string },
  ) {}

  failed(keys: Readonly<Record<string, unknown>>): void {
    if (!this.#failing) this.logger.warn(this.messages.begins, keys);
    this.#failing = true;
  }

  worked(): void {
    if (this.#failing) this.logger.info(this.messages.ends);
    this.#failing = false;
  }
}
