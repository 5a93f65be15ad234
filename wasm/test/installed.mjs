// The package as users get it: packed, and installed from the tarball in an empty folder.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { PACKAGE, TARGET, WORKSPACE } from '../scripts/tools.mjs';

export { PACKAGE };

/** Folder of the recordings of real networks, or `undefined`. */
export const vectors = [process.env.HOTSHOT_VECTORS ?? join(WORKSPACE, '..', 'shared', 'vectors')].find(existsSync);

/** Why tests over recordings are skipped, if they are. */
export const withoutVectors = vectors === undefined && 'the recordings are missing; name their folder in HOTSHOT_VECTORS';

const manifest = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'));

/** The tarball that `make npm` packs. */
export const tarball = join(TARGET, 'npm', `${manifest.name}-${manifest.version}.tgz`);

/**
 * Installs the tarball in a new folder, beside the files of one of test/apps.
 *
 * @returns the folder; it is removed when the process ends
 */
export function install(app) {
  if (!existsSync(tarball)) throw new Error(`${tarball} is missing: run make npm`);
  const folder = mkdtempSync(join(tmpdir(), `hotshot-light-client-${app}-`));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(import.meta.dirname, 'apps', app), folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: app, private: true, type: 'module' }));
  // The package depends on nothing, so that nothing has to be fetched.
  execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', '--silent', tarball], { cwd: folder, stdio: 'inherit' });
  return folder;
}
