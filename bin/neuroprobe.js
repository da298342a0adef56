#!/usr/bin/env node
import { existsSync } from 'node:fs';

const entry = new URL('../dist/cli/main.js', import.meta.url);

if (existsSync(entry)) {
  const { main } = await import(entry.href);
  await main(process.argv.slice(2));
} else {
  process.stderr.write(
    'neuroprobe: it is not built yet\n  in a clone of its repository\n  run: npm ci && npm run build\n',
  );
  process.exitCode = 1;
}
