// The health command of the image: ends with 0 when the app is ready, else with 1 and the parts that are not.
//   node /app/health.js                       the app of this container
//   node /app/health.js http://api:10901      another one
const { MCP_HTTP_HOST: host = '127.0.0.1', MCP_HTTP_PORT: port = '10901' } = process.env;
const near = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[host] ?? (host.includes(':') ? `[${host}]` : host);
const url = `${process.argv[2] ?? `http://${near}:${port}`}/readyz`;
try {
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  const report = await response.text();
  process.stdout.write(report);
  process.exitCode = response.ok ? 0 : 1;
} catch (error) {
  process.stderr.write(`${url}: ${error.cause?.message ?? error.message}\n`);
  process.exitCode = 1;
}
