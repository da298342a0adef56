import { grouped } from '../report/numbers.js';

export interface ShareBar {
  /** @param total null where nobody knows it */
  update: (done: number, total: number | null) => void;
  /** Takes away what was drawn. */
  end: () => void;
}

/** On a terminal a bar of what is done of something counted; elsewhere nothing. */
export async function openShareBar(noun: string, { quiet }: { quiet: boolean }): Promise<ShareBar> {
  const { stderr } = process;
  if (quiet || !stderr.isTTY || process.env['TERM'] === 'dumb') return { update: () => {}, end: () => {} };
  const { SingleBar } = (await import('cli-progress')).default;
  let text = '';
  const bar = new SingleBar({
    stream: stderr,
    hideCursor: true,
    clearOnComplete: true,
    fps: 5,
    format: (_, params) => `${params.total > 0 ? `${Math.floor(params.progress * 100)} %  ` : ''}${text}`,
  });
  bar.start(0, 0);
  return {
    update(done, total) {
      text = `${grouped(done)}${total === null ? '' : ` of ${grouped(total)}`} ${noun}`;
      if (total !== null) bar.setTotal(total);
      bar.update(done);
    },
    end: () => bar.stop(),
  };
}
