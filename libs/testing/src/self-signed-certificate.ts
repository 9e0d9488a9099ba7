import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A certificate for 127.0.0.1, valid for a day, which is its own authority. PEM files in a folder of their own. */
export class SelfSignedCertificate {
  readonly #dir = mkdtempSync(join(tmpdir(), 'mcp-certificate-'));
  readonly certificatePath = join(this.#dir, 'certificate.pem');
  readonly keyPath = join(this.#dir, 'key.pem');

  private constructor() {}

  /** Made by the program `openssl`. */
  static async make(): Promise<SelfSignedCertificate> {
    const made = new SelfSignedCertificate();
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', made.keyPath];
    const names = ['-subj', '/CN=prometheus', '-addext', 'subjectAltName=IP:127.0.0.1'];
    await promisify(execFile)('openssl', [
      ...['req', '-x509', '-days', '1', '-out', made.certificatePath],
      ...key,
      ...names,
    ]);
    return made;
  }

  remove(): void {
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
