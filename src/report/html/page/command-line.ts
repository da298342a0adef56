import { shellWord } from '../../shell-word.js';
import { h } from './dom.js';

/** A command on this profile, with a button that copies it. @param words what follows the profile, if anything */
export function commandLine(name: string, ...words: string[]): HTMLElement {
  const command = ['neuroprobe', name, profileFolder(), ...words].join(' ');
  const copy = h(
    'button',
    {
      type: 'button',
      click: () => void navigator.clipboard.writeText(command).then(() => (copy.textContent = 'Copied')),
    },
    'Copy',
  );
  return h('p', { class: 'command' }, h('code', {}, command), copy);
}

/** The folder of report.html as one word for a shell; of a page by another name only that there is one. */
function profileFolder(): string {
  const [folder, file] = [location.pathname.replace(/\/[^/]*$/, ''), location.pathname.split('/').at(-1)];
  if (location.protocol !== 'file:' || file !== 'report.html') return 'PROFILE';
  try {
    return shellWord(decodeURIComponent(folder));
  } catch {
    return 'PROFILE'; // a path that is no UTF-8 cannot be told to a shell here
  }
}
