import { Client, credentials, Metadata, type ChannelCredentials, type ServiceError } from '@grpc/grpc-js';
import type { ApiAddress } from './api-address.js';
import { ApiError, apiError } from './api-error.js';

/** A method of the generated services. */
export interface ApiMethod<Question, Answer> {
  readonly path: string;
  readonly requestSerialize: (value: Question) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Answer;
}

export interface ApiClientConfig extends ApiAddress {
  /** PEM. Absent: the certificate authorities that Node knows. */
  readonly ca?: Buffer;
  /** Sent with every call. */
  readonly token?: string;
  /** Gives one where the API asks for it; asked again where the one of before is not taken, as it may have ended. */
  readonly askForToken?: () => Promise<string>;
  /** How long an answer may take. Streams have no limit. */
  readonly timeoutMs: number;
}

/** Calls the API. Everything fails with `ApiError`. */
export class ApiClient {
  readonly #client: Client;
  #token: string | undefined;

  constructor(private readonly config: ApiClientConfig) {
    this.#token = config.token;
    this.#client = new Client(config.target, credentialsOf(config), {
      // an answer has at most 3 MiB, and what surrounds it
      'grpc.max_receive_message_length': 4 * 1024 * 1024,
      'grpc.keepalive_time_ms': 30_000,
    });
  }

  async unary<Question, Answer>(method: ApiMethod<Question, Answer>, question: Question): Promise<Answer> {
    const sent = this.#token;
    try {
      return await this.#unary(method, question);
    } catch (error) {
      if (!(await this.#hasOtherToken(error, sent))) throw error;
      return this.#unary(method, question);
    }
  }

  /** Each message as it comes. Leaving the loop ends the call; so does the signal, without an error. */
  async *stream<Question, Answer>(
    method: ApiMethod<Question, Answer>,
    question: Question,
    signal?: AbortSignal,
  ): AsyncGenerator<Answer, void> {
    const sent = this.#token;
    let begun = false;
    try {
      for await (const answer of this.#stream(method, question, signal)) {
        begun = true;
        yield answer;
      }
    } catch (error) {
      if (begun || !(await this.#hasOtherToken(error, sent))) throw error;
      yield* this.#stream(method, question, signal);
    }
  }

  close(): void {
    this.#client.close();
  }

  /** Whether the API asks for a token, and there is another one now than was sent. It refuses so before it does anything. */
  async #hasOtherToken(error: unknown, sent: string | undefined): Promise<boolean> {
    const { askForToken } = this.config;
    if (askForToken === undefined || !(error instanceof ApiError) || error.status !== 'UNAUTHENTICATED')
      return false;
    this.#token = await askForToken();
    return this.#token !== sent;
  }

  #unary<Question, Answer>(method: ApiMethod<Question, Answer>, question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        question,
        this.#metadata(),
        { deadline: Date.now() + this.config.timeoutMs },
        (error, answer) => {
          if (error !== null) reject(this.#explain(error));
          else if (answer === undefined) reject(new Error(`${method.path} answered nothing`));
          else resolve(answer);
        },
      );
    });
  }

  async *#stream<Question, Answer>(
    method: ApiMethod<Question, Answer>,
    question: Question,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Answer, void> {
    const call = this.#client.makeServerStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      question,
      this.#metadata(),
    );
    const stop = () => call.cancel();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      for await (const answer of call) yield answer as Answer;
    } catch (error) {
      if (signal?.aborted === true) return;
      throw isServiceError(error) ? this.#explain(error) : error;
    } finally {
      signal?.removeEventListener('abort', stop);
      call.cancel();
    }
  }

  #metadata(): Metadata {
    const metadata = new Metadata();
    if (this.#token !== undefined) metadata.set('authorization', `Bearer ${this.#token}`);
    return metadata;
  }

  #explain(error: ServiceError): Error {
    return apiError(error, this.config.target, this.config.timeoutMs);
  }
}

function credentialsOf({ tls, ca }: ApiClientConfig): ChannelCredentials {
  return tls ? credentials.createSsl(ca ?? null) : credentials.createInsecure();
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'details' in error && 'metadata' in error;
}
