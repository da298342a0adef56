import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';
import { describe, expect, test } from 'vitest';
import { makeProgram } from '../../src/cli/program.js';
import { parseGate } from '../../src/analyse/diff/gate-grammar.js';

const FILE = fileURLToPath(new URL('../../docs/github-actions.yml', import.meta.url));
const TEXT = readFileSync(FILE, 'utf8');

describe('docs/github-actions.yml', () => {
  test('is a workflow to GitHub’s own parser, expressions included', async () => {
    expect(await faultsOf(TEXT)).toEqual([]);
  });

  test('would be found out if it were none', async () => {
    expect(await faultsOf(TEXT.replace('runs-on:', 'runs_on:'))).not.toEqual([]);
    expect(await faultsOf(TEXT.replace('always()', 'allways()'))).not.toEqual([]);
  });

  test('has commands with options that there are, and gates that are some', () => {
    const commands = commandsOf(TEXT);
    expect(commands.map(([name]) => name)).toEqual(['profile', 'profile', 'diff']);
    for (const [name, ...args] of commands) {
      const command = makeProgram().commands.find((candidate) => candidate.name() === name)!;
      let ran = false;
      command.action(() => void (ran = true));
      command.parse(args, { from: 'user' });
      expect(ran, name).toBe(true);
    }
    const gates = [...TEXT.matchAll(/--fail-if '([^']*)'/g)].map(([, gate]) => parseGate(gate!).text);
    expect(gates.length).toBe(5);
  });
});

test('docs/diff.md shows gates that are some', () => {
  const page = readFileSync(new URL('../../docs/diff.md', import.meta.url), 'utf8');
  const shown = [...page.matchAll(/^\| `([^`]*[<>][^`]*)` \|/gm)].map(([, gate]) => parseGate(gate!));
  expect(shown.length).toBe(5);
});

async function faultsOf(content: string): Promise<string[]> {
  const { context, value } = parseWorkflow({ name: 'neurons.yml', content }, new NoOperationTraceWriter());
  const template = await convertWorkflowTemplate(context, value!);
  return [
    ...context.errors.getErrors().map(String),
    ...(template.errors ?? []).map(({ Message }) => Message),
  ];
}

/** Arguments of every neuroprobe that the workflow runs, as a shell would cut them. */
function commandsOf(text: string): string[][] {
  const joined = text.replace(/\\\n\s*/g, ' ');
  return [...joined.matchAll(/^ *neuroprobe (.*)$/gm)].map(([, words]) =>
    [...words!.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!),
  );
}
