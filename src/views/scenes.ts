/** What the commands of scenes print. */
import {shortId} from '../manifest/names.ts';
import type {ScenePass, StoredScene} from '../workspace/scenes.ts';
import {formatBytes, formatCount, formatPicture, formatPictures, plural, shortDigest} from './format.ts';
import {joinSections, section, type LineOptions} from './lines.ts';
import {renderTable, type Column} from './table.ts';
import {padRight} from './text.ts';

export function renderScenes(scenes: readonly StoredScene[], options: LineOptions): string {
  if (scenes.length === 0)
    return 'No scenes. Store one: cosmos scene add FOLDER, where FOLDER holds color.mp4.';
  return [
    renderTable(COLUMNS, scenes, options),
    '',
    options.paint.faint(plural(scenes.length, 'scene')),
  ].join('\n');
}

const COLUMNS: Column<StoredScene>[] = [
  {title: 'SCENE', priority: 1, isFlexible: true, minWidth: 10, goodWidth: 20, cell: ({name}) => name},
  {title: 'SIZE', priority: 2, cell: (scene) => sizeText(scene)},
  {
    title: 'FRAMES',
    priority: 2,
    isNumber: true,
    cell: ({passes}) => String(colorOf(passes)?.media.frames ?? ''),
  },
  {title: 'FPS', priority: 3, isNumber: true, cell: ({passes}) => String(colorOf(passes)?.media.fps ?? '')},
  {title: 'PASSES', priority: 3, cell: ({passes}) => passes.map(({role}) => role).join(' ')},
  {
    title: 'BYTES',
    priority: 4,
    isNumber: true,
    cell: ({passes}) => formatBytes(passes.reduce((sum, {size}) => sum + size, 0)),
  },
  {
    title: 'RUNS',
    priority: 2,
    isNumber: true,
    cell: ({runs}) => (runs.length === 0 ? '' : formatCount(runs.length)),
  },
];

function sizeText({passes}: StoredScene): string {
  const media = colorOf(passes)?.media;
  return media ? `${media.width}x${media.height}` : '';
}

function colorOf(passes: readonly ScenePass[]): ScenePass | undefined {
  return passes.find(({role}) => role === 'color');
}

/** What fits on a screen with the rest; --json has all. */
const MOST_RUNS = 10;

export function renderScene(
  {name, passes, thumbnails, runs, prompts}: StoredScene,
  options: LineOptions,
): string {
  const more = runs.length - MOST_RUNS;
  return joinSections([
    [options.paint.strong(name)],
    section(
      'Passes',
      passes.map(
        ({role, media, size, digest}) =>
          `${padRight(role, 7)}${formatPicture(media)}, ${media.codec}, ${formatBytes(size)}, ${shortDigest(digest)}`,
      ),
      options,
    ),
    section(
      'Thumbnails',
      passes.flatMap(({role, digest}) => {
        const pictures = thumbnails[digest];
        return pictures ? `${padRight(role, 7)}${formatPictures(pictures)}` : [];
      }),
      options,
    ),
    section('Prompts', prompts.map(shortId), options),
    section(
      'Runs',
      [...runs.slice(0, MOST_RUNS).map(shortId), ...(more > 0 ? [`and ${formatCount(more)} more`] : [])],
      options,
    ),
  ]).join('\n');
}
