import { ProxyExporter } from './proxy-exporter.js';

// npx nest build --config test/proxy-exporter/nest-cli.json && node .cache/proxy-exporter/test/proxy-exporter/run.js [PORT] [SPEED]
const [port = '0', speed = '1'] = process.argv.slice(2);
const exporter = await ProxyExporter.start({ port: Number(port), speed: Number(speed) });
process.stdout.write(`${exporter.url}\n`);
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void exporter.close());
