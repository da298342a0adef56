import { Option } from 'commander';

/** Of what writes a profile: whether it writes the page for a browser too. */
export function noHtmlOption(): Option {
  return new Option(
    '--no-html',
    'write no report.html, which takes time and up to 15 MB; report --html makes the same page later',
  );
}
