import { svg } from './dom.js';

const WIDTH = 96;
const HEIGHT = 22;

/** A neuron's 32 bins as a small picture, heights by the logarithm of the counts. */
export function sparkline(counts: Float64Array): SVGElement {
  const most = Math.log1p(Math.max(...counts));
  const step = WIDTH / counts.length;
  let path = '';
  counts.forEach((count, i) => {
    if (count === 0) return;
    const height = Number(Math.max(1, (Math.log1p(count) / most) * HEIGHT).toFixed(1));
    path += `M${i * step} ${HEIGHT}v${-height}h${step - 0.5}v${height}z`;
  });
  const picture = svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: 'spark', 'aria-hidden': 'true' });
  picture.append(svg('path', { d: path }));
  return picture;
}
