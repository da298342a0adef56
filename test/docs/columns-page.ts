import { EXPLAINED_NEURON_COLUMNS } from '../../src/profile/explained-columns.js';
import { COLUMN_TYPES, FORMAT_VERSION, TABLES, type Columns } from '../../src/profile/format.js';

/** `docs/columns.md`: every column of every table, from the format itself. */
export function columnsPage(): string {
  const tables = Object.entries(TABLES).flatMap(([name, columns]) => [
    table(`${name}.arrow`, columns),
    ...(name === 'neurons' ? [table('neurons.arrow, with --explain', EXPLAINED_NEURON_COLUMNS)] : []),
  ]);
  const head =
    `# Columns\n\nFormat ${FORMAT_VERSION}. Columns are only ever added within a major version. ` +
    'Documents, windows, positions, layers, neurons and ranks count from 0, lines from 1.\n';
  return [head, ...tables].join('\n');
}

function table(name: string, columns: Columns): string {
  const rows = Object.entries(columns).map(([column, { type, unit, says, null: none }]) => {
    const kind = COLUMN_TYPES[type].split(':')[0]!;
    return `| \`${column}\` | ${kind} | ${unit} | ${says} | ${none ?? ''} |`;
  });
  return [
    `## ${name}`,
    '',
    '| column | type | unit | what | null where |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
