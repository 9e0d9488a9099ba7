/**
 * A number of four significant digits: `digits * 10 ** exponent`. Digits are whole, below 10,000 and not below 1,000 but for 0; of a
 * negative number they are negative.
 */
export interface FourDigits {
  readonly digits: number;
  readonly exponent: number;
}

/** Exponents fit one signed byte, of which −128 is left free. */
const largestExponent = 127;
/** Up to here a power of ten is exact, and digits times or by it are the number that a person would write, to the last bit. */
const largestExactPower = 22;
const powers = Array.from({ length: largestExactPower + 1 }, (_, exponent) => Number(`1e${exponent}`));

/** The nearest such number; what is nearer to 0 than 1e-124 is 0. Undefined for NaN and for what is not below 1e130. */
export function toFourDigits(value: number): FourDigits | undefined {
  const size = Math.abs(value);
  if (!(size < 1e130)) return undefined;
  if (size < 1e-124) return { digits: 0, exponent: 0 };
  let exponent = Math.floor(Math.log10(size)) - 3;
  let digits = Math.round(exponent < 0 ? value * 10 ** -exponent : value / 10 ** exponent);
  // the logarithm is one too low just below a power of ten, or rounding came to the next
  if (Math.abs(digits) >= 10_000) {
    exponent += 1;
    digits = Math.round(digits / 10);
  }
  return exponent > largestExponent ? undefined : { digits, exponent };
}

export function fromFourDigits(digits: number, exponent: number): number {
  const power = powers[Math.abs(exponent)];
  if (power === undefined) return Number(`${digits}e${exponent}`);
  return exponent < 0 ? digits / power : digits * power;
}
