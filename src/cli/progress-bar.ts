import { cutEnd } from '../report/text-width.js';
import { visible } from '../report/visible.js';
import { progressText, shareDone } from './progress-text.js';
import type { Progress } from '../run/types.js';
import type { ProgressView } from './progress.js';

const BAR = 24;
/** The bar counts in thousandths of the corpus. */
const WHOLE = 1000;

/** A bar on a terminal: what of the corpus is read, tokens a second, time left. */
export async function progressBar(stream: NodeJS.WriteStream): Promise<ProgressView> {
  const { SingleBar } = (await import('cli-progress')).default;
  let latest: Progress | null = null;
  const bar = new SingleBar({
    stream,
    hideCursor: true,
    clearOnComplete: true,
    fps: 5,
    format: () => (latest === null ? '' : cutEnd(barLine(latest), Math.max(20, stream.columns - 1))),
  });
  let drawn = false;
  const end = () => {
    if (drawn) bar.stop();
    drawn = false;
  };
  return {
    update(progress) {
      latest = progress;
      if (!drawn) bar.start(WHOLE, 0);
      drawn = true;
      bar.update(Math.round((shareDone(progress) ?? 0) * WHOLE));
    },
    say(sentence) {
      // The bar is drawn again, a line lower, at its next update.
      end();
      stream.write(`neuroprobe: ${visible(sentence)}\n`);
    },
    end,
  };
}

/** `█████░░░░  34 %  1,234 tokens, …`; without the bar where nobody knows the corpus' size. */
export function barLine(progress: Progress): string {
  const share = shareDone(progress);
  const text = progressText(progress);
  if (share === null || progress.phase === 'loading') return text;
  const full = Math.round(share * BAR);
  return `${'█'.repeat(full)}${'░'.repeat(BAR - full)} ${String(Math.floor(share * 100)).padStart(3)} %  ${text}`;
}
