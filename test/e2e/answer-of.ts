import type { ServiceError } from '@grpc/grpc-js';

/** What a unary call is answered with, or the error that it ends with. */
export function answerOf<T>(
  call: (done: (error: ServiceError | null, answer: T) => void) => unknown,
): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, answer) => (error === null ? resolve(answer) : reject(error)));
  });
}
