/** A list where the empty one means the same as none. */
export function unlessEmpty(name: string, list: readonly unknown[]): Readonly<Record<string, unknown>> {
  return list.length === 0 ? {} : { [name]: list };
}
