/** What matters most about the chosen run, in as many lines as there are; the end of its log where lines are left. */
import type {ReactElement} from 'react';
import type {Now} from '../../platform/clock.ts';
import type {RunDocument} from '../../manifest/types.gen.ts';
import {formatAge, formatBytes, formatPicture, since} from '../format.ts';
import {field, joinSections} from '../lines.ts';
import {parametersText} from '../parameters.ts';
import {
  failureLines,
  modelText,
  layRun,
  leftField,
  stallField,
  optional,
  phasesText,
  PREVIEW_NOTICE,
  promptLines,
  type DetailOptions,
} from '../run-detail.ts';
import {Lines} from './Lines.tsx';
import {LogPane} from './LogPane.tsx';
import {PaneTitle} from './PaneTitle.tsx';
import type {DashboardDetail} from './source.ts';

export interface DetailPaneProps extends DetailOptions {
  detail: DashboardDetail | undefined;
  /** The chosen run; `detail` may still be about the one before. */
  selected: string | undefined;
  height: number;
}

/** A log of fewer lines is left out. */
const LEAST_LOG = 3;

export function DetailPane({detail, selected, height, ...options}: DetailPaneProps): ReactElement {
  const {paint, width} = options;
  if (selected === undefined) return <Lines lines={[]} height={height} />;
  const run = detail?.id === selected ? detail.run : undefined;
  const lines = run
    ? briefLines(run, {...options, timeLeft: detail?.timeLeft, stall: detail?.stall})
    : [paint.faint(READING)];
  if (lines.length > height) {
    const more = paint.faint(`${paint.signs.ellipsis} enter shows all of it`);
    return <Lines lines={[...lines.slice(0, height - 1), more]} height={height} />;
  }
  const spare = height - lines.length - 1;
  if (spare < LEAST_LOG || !run) return <Lines lines={lines} height={height} />;
  return (
    <>
      <Lines lines={lines} height={lines.length} />
      <PaneTitle title="log" width={width} paint={paint} />
      <LogPane detail={detail} selected={selected} height={spare} width={width} paint={paint} />
    </>
  );
}

const READING = 'reading the manifest ...';
/** `enter` shows all of a long prompt. */
const PROMPT_LINES = 3;

/** What is wrong comes first, then what it is about and what was made. */
function briefLines(run: RunDocument, options: DetailOptions): string[] {
  return joinSections([
    run.failure ? failureLines(run, options) : [],
    [
      ...promptLines(run, options).slice(0, PROMPT_LINES),
      ...optional('Scene', run.scene && run.scene.name, options),
      ...(run.kind === 'preview'
        ? field('Preview', PREVIEW_NOTICE, options, options.paint.warn)
        : field('Model', modelText(run), options)),
      ...outputLines(run, options),
      ...optional('Parameters', parametersText(run.parameters), options),
      ...field('Asked for', formatAge(since(run.createdAt, options.now())), options),
      ...optional('Times', phasesText(run), options),
      ...leftField(options),
      ...stallField(options),
    ],
  ]);
}

function outputLines({outputs}: RunDocument, options: DetailOptions): string[] {
  return outputs.flatMap(({name, media, size}, index) => {
    const facts = [name, ...(media ? [formatPicture(media)] : []), formatBytes(size)].join(', ');
    return field(index === 0 ? 'Outputs' : '', facts, options);
  });
}

/** Every line of a full view. */
export function detailLines(
  {detail, selected}: Pick<DetailPaneProps, 'detail' | 'selected'>,
  options: {width: number; paint: DetailOptions['paint']; now: Now},
): string[] {
  const run = detail?.id === selected ? detail?.run : undefined;
  return run ? layRun(run, {...options, timeLeft: detail?.timeLeft, stall: detail?.stall}) : [READING];
}
