import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { listSupportedBackends } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { rowsOf } from '../support/arrow.js';
import { neuroprobe, temporaryDirectory } from '../support/cli.js';
import { fixture } from '../support/fixtures.js';

const folder = temporaryDirectory();
const MODEL = fixture('llama-shakespeare');
const CORPUS = fixture('speeches.jsonl');
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';
const bundled = listSupportedBackends();
const has = (name: string) => bundled.some((each) => each.name === name);

interface Manifest {
  settings: { device: string };
}

function profileOn(device: string) {
  const output = path.join(folder, device);
  return {
    output,
    ...neuroprobe(['profile', MODEL, CORPUS, '--limit', '3', '-o', output, '--device', device]),
  };
}

describe('--device', () => {
  test.skipIf(has('coreml'))('refuses one that the platform has not (skipped where CoreML is there)', () => {
    const { code, stderr, output } = profileOn('coreml');
    expect(code).toBe(69);
    expect(stderr).toContain('onnxruntime-node has no such provider on this platform');
    expect(existsSync(output)).toBe(false);
  });

  test.skipIf(!has('cuda'))(
    'says how to get a library that is missing (skipped where CUDA is no choice)',
    () => {
      const { code, stderr } = profileOn('cuda');
      if (code === 0) return; // a machine with CUDA: all is well
      expect(code).toBe(69);
      expect(stderr).toMatch(/the device "cuda" cannot be used: .*\n {2}in --device\n {2}\S/);
      expect(stderr).not.toContain('libonnxruntime_providers');
    },
  );

  test('gives what the processor gives, but for last digits (skipped without a graphics adapter)', (context) => {
    // Chromium brings a Vulkan driver that runs on the processor; a real one is taken before it.
    const env = existsSync(SWIFTSHADER) ? { VK_ADD_DRIVER_FILES: SWIFTSHADER } : {};
    const run = (output: string, ...options: string[]) =>
      neuroprobe(
        ['topk', MODEL, CORPUS, '--limit', '3', '--block-size', '512', '--quiet', ...options, '-o', output],
        { env },
      );
    const [here, there] = ['here', 'there'].map((name) => path.join(folder, name)) as [string, string];
    const { code, stderr } = run(there, '--device', 'webgpu', '--workers', '2');
    if (code === 69) return context.skip(`no adapter for WebGPU: ${stderr.split('\n')[0]}`);
    expect(code).toBe(0);
    expect(run(here).code).toBe(0);
    const examples = (profile: string) => rowsOf(profile, 'examples.arrow');
    const [mine, theirs] = [examples(here), examples(there)];
    expect(theirs).toHaveLength(mine.length);
    // Equal values may stand in another order, so only values are compared: rank by rank.
    const errors = mine.map(({ value }, i) => {
      const exact = value as number;
      return Math.abs((theirs[i]!['value'] as number) - exact) / (1 + Math.abs(exact));
    });
    expect(Math.max(...errors)).toBeLessThan(1e-3);
    const { device } = (JSON.parse(readFileSync(path.join(there, 'manifest.json'), 'utf8')) as Manifest)
      .settings;
    expect(device).toBe('webgpu');
  });

  test('refuses what is no device', () => {
    const { code, stderr } = profileOn('gpu');
    expect(code).toBe(2);
    expect(stderr).toContain('give one of: cpu, cuda, tensorrt, webgpu, dml, coreml');
  });
});
