import type { ProfileDiff } from '../../analyse/diff/diff-profiles.js';
import type { JudgedGate } from '../../analyse/diff/judge-gates.js';
import { gateWords } from './gate-words.js';
import { headline } from './headline.js';

/**
 * The gates as JUnit XML, a test case each, in the elements that Jenkins,
 * GitLab and GitHub's reporters read (https://github.com/testmoapp/junitxml).
 * Without gates there is one case, that the profiles were compared.
 */
export function renderJunit(diff: ProfileDiff, gates: readonly JudgedGate[]): string {
  const failures = gates.filter(({ failed }) => failed).length;
  const suite = `${diff.a.folder} → ${diff.b.folder}`;
  const counts = `tests="${Math.max(1, gates.length)}" failures="${failures}" errors="0" skipped="0"`;
  const cases = gates.length === 0 ? [testCase('compared', null)] : gates.map(gateCase);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="neuroprobe diff" ${counts}>`,
    `  <testsuite name="${escaped(suite)}" ${counts}>`,
    ...cases,
    `    <system-out>${escaped(headline(diff, gates))}</system-out>`,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function gateCase(judged: JudgedGate): string {
  return testCase(`not ${judged.gate.text}`, judged.failed ? gateWords(judged) : null);
}

function testCase(name: string, failure: string | null): string {
  const head = `    <testcase classname="neuroprobe.diff" name="${escaped(name)}"`;
  if (failure === null) return `${head}/>`;
  return `${head}>\n      <failure type="gate" message="${escaped(failure)}"/>\n    </testcase>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text as it stands in XML 1.0, which has no control characters and no halves of surrogate pairs (§2.2). */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replace(/[&<>"]/g, (character) => ENTITIES[character]!)
    .replace(/[\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}
