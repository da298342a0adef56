#!/usr/bin/env node
import { existsSync } from 'node:fs';

const entry = new URL('../dist/cli/main.js', import.meta.url);

if (!existsSync(entry)) {
  process.stderr.write(
    'neuroprobe: it is not built yet\n  in a clone of its repository\n  run: npm ci && npm run build\n',
  );
  process.exitCode = 1;
} else if (process.pid === 1) {
  // The kernel lets no signal end pid 1 that it does not handle, as in a container: a child can be ended by one.
  const { runAsChild } = await import('../dist/cli/as-child.js');
  runAsChild(process.argv.slice(1));
} else {
  const { main } = await import(entry.href);
  await main(process.argv.slice(2));
}
