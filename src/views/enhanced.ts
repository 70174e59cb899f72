/** What an enhancement made of a prompt: both texts, and the new prompt. */
import {shortId} from '../manifest/names.ts';
import type {Enhanced} from '../workspace/enhanced.ts';
import {formatCount} from './format.ts';
import {indented, section, type LineOptions} from './lines.ts';
import {cleanLine, cleanLines} from './text.ts';

export function enhancedSections({before, after}: Enhanced, options: LineOptions): string[][] {
  return [textSection('Before', before, options), textSection('After', after, options)];
}

function textSection(title: string, text: string, options: LineOptions): string[] {
  return section(
    `${title}, ${formatCount(text.length)} characters`,
    cleanLines(text).flatMap((line) => indented(line, 2, options)),
    options,
  );
}

export function enhancedNextLines({before, after, prompt}: Enhanced, options: LineOptions): string[] {
  if (before === after) return indented('The text came back as it was; no prompt was made.', 2, options);
  if (!prompt) return indented('The prompt that came of it was deleted since.', 2, options);
  const name = prompt.name === null ? '' : ` (${cleanLine(prompt.name)})`;
  return [
    ...indented(`The new prompt is ${shortId(prompt.id)}${name}. The one before stays as it is.`, 2, options),
    ...indented(
      `cosmos run ${shortId(prompt.id)} makes a run of it; cosmos prompt show ${shortId(prompt.id)} shows its versions.`,
      2,
      options,
    ),
  ];
}
