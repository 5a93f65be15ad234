// Both ends of a channel in this thread: what crosses is cloned all the same.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MessageChannel } from 'node:worker_threads';

import { PACKAGE } from './installed.mjs';

const { serve } = await import(pathToFileURL(join(PACKAGE, 'dist', 'worker.js')));

/** Where a client is served, as long as the test runs. */
export function channel(context) {
  const { port1, port2 } = new MessageChannel();
  const stop = serve(port1);
  context.after(() => {
    stop();
    port1.close();
  });
  return port2;
}
