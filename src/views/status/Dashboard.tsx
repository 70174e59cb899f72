/** The dashboard in a given size: shares the screen out and hands the keys to the state of the screen. */
import {Box, useApp, useInput, type Key} from 'ink';
import type {ReactElement} from 'react';
import type {Now} from '../../platform/clock.ts';
import {shortId} from '../../manifest/names.ts';
import type {Paint} from '../paint.ts';
import {Body} from './Body.tsx';
import {detailLines} from './DetailPane.tsx';
import {Footer} from './Footer.tsx';
import {Header} from './Header.tsx';
import {nameKey} from './keys.ts';
import {layOut, type Size} from './layout.ts';
import {mostScroll} from './LogPane.tsx';
import type {DashboardSource, DashboardState} from './source.ts';
import {TooSmall} from './TooSmall.tsx';
import type {UiState} from './ui-state.ts';
import {useSource} from './use-source.ts';
import {useUi} from './use-ui.ts';

export interface DashboardProps {
  source: DashboardSource;
  size: Size;
  /** Its name, for the title. */
  workspace: string;
  paint: Paint;
  now: Now;
}

export function Dashboard({source, size, workspace, paint, now}: DashboardProps): ReactElement {
  const state = useSource(source);
  const {exit} = useApp();
  const {ui, press} = useUi(source, state.rows, exit);
  const layout = layOut(size, state.rows.length);
  const width = size.columns;
  const lines =
    ui.view === 'detail'
      ? detailLines({detail: state.detail, selected: ui.selected}, {width, paint, now})
      : [];
  const total = ui.view === 'log' ? (state.detail?.logTail.length ?? 0) : lines.length;
  const facts = {
    rows: state.rows,
    page: ui.view === 'list' ? layout.list : layout.full,
    maxScroll: mostScroll(total, layout.full),
    hasPane: layout.pane > 0,
  };
  useInput((input, key) => splitKeys(input, key).forEach((name) => press(name, facts)));
  if (layout.isTooSmall) return <TooSmall {...size} />;
  return (
    <Box flexDirection="column" width={width} height={size.rows - 1} overflow="hidden">
      <Header workspace={workspace} state={state} width={width} paint={paint} now={now()} />
      <Box flexDirection="column" flexGrow={1} overflow="hidden">
        <Body state={state} ui={ui} layout={layout} lines={lines} width={width} paint={paint} now={now} />
      </Box>
      <Footer
        view={ui.view === 'list' ? 'list' : 'full'}
        question={questionOf(ui, state)}
        message={ui.notice ?? state.message}
        width={width}
        paint={paint}
      />
    </Box>
  );
}

/** Keys that were pressed quickly arrive as one text. */
function splitKeys(input: string, key: Key): string[] {
  return input.length > 1 && !key.ctrl ? Array.from(input) : [nameKey(input, key)];
}

/** Names the run in a way that its owner recognises. */
function questionOf({confirming}: UiState, {rows}: DashboardState): string | undefined {
  if (confirming === undefined) return undefined;
  const run = rows.find(({summary}) => summary.id === confirming)?.summary;
  const text = run?.name ?? run?.prompt ?? run?.scene;
  return `Cancel ${shortId(confirming)}${text ? `, "${text}"` : ''}?`;
}
