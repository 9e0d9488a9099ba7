import type { BenchmarkOptions } from '../benchmark.js';
import { benchmarks } from '../benchmarks.js';
import { input, tell } from '../child.js';

const { name, options } = input() as { readonly name: string; readonly options: BenchmarkOptions };
tell(await benchmarks.find((benchmark) => benchmark.name === name)?.run(options));
