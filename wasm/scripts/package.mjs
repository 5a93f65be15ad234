// Packs the package into target/npm/hotshot-light-client-VERSION.tgz.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { PACKAGE, TARGET, WORKSPACE } from './tools.mjs';

const destination = join(TARGET, 'npm');
mkdirSync(destination, { recursive: true });
for (const name of readdirSync(WORKSPACE)) {
  if (name.startsWith('LICENSE')) copyFileSync(join(WORKSPACE, name), join(PACKAGE, name));
}
execFileSync('npm', ['pack', '--silent', '--pack-destination', destination], { cwd: PACKAGE, stdio: 'inherit' });
