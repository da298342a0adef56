import { h } from './dom.js';

const THEMES = ['auto', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];
const KEY = 'neuroprobe-theme';

/** A button that goes through the themes: that of the system, light, dark. */
export function themeButton(): HTMLElement {
  const button = h('button', { type: 'button', class: 'theme', click: () => show(next(shown)) });
  let shown: Theme = remembered();
  const show = (theme: Theme) => {
    shown = theme;
    if (theme === 'auto') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
    button.textContent = `Theme: ${theme}`;
    remember(theme);
  };
  show(shown);
  return button;
}

function next(theme: Theme): Theme {
  return THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]!;
}

function remembered(): Theme {
  try {
    return THEMES.find((theme) => theme === localStorage.getItem(KEY)) ?? 'auto';
  } catch {
    return 'auto'; // some browsers give files no storage
  }
}

function remember(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // the theme holds as long as the page is open
  }
}
