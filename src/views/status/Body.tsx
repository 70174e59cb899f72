/** Everything between header and footer: the list with its pane, or one full view. */
import type {ReactElement} from 'react';
import type {Now} from '../../platform/clock.ts';
import {shortId} from '../../manifest/names.ts';
import {formatCount, plural} from '../format.ts';
import type {Paint} from '../paint.ts';
import {DetailPane} from './DetailPane.tsx';
import {HelpView} from './HelpView.tsx';
import type {Layout} from './layout.ts';
import {Lines} from './Lines.tsx';
import {LogPane, mostScroll} from './LogPane.tsx';
import {PaneTitle} from './PaneTitle.tsx';
import {RunTable} from './RunTable.tsx';
import type {DashboardState} from './source.ts';
import type {UiState} from './ui-state.ts';

export interface BodyProps {
  state: DashboardState;
  ui: UiState;
  layout: Layout;
  /** Every line of the full detail; empty while another view is shown. */
  lines: readonly string[];
  width: number;
  paint: Paint;
  now: Now;
}

export function Body(props: BodyProps): ReactElement {
  const {ui, width, paint, layout} = props;
  switch (ui.view) {
    case 'list':
      return <ListBody {...props} />;
    case 'help':
      return (
        <>
          <PaneTitle title="keys" note="esc back" width={width} paint={paint} />
          <HelpView height={layout.full} width={width} paint={paint} />
        </>
      );
    case 'detail':
    case 'log':
      return <FullBody {...props} />;
  }
}

function ListBody({state, ui, layout, width, paint, now}: BodyProps): ReactElement {
  const {rows, detail} = state;
  const common = {detail, selected: ui.selected, height: layout.pane, width, paint, now};
  const position = rows.length === 0 ? '' : `${formatCount(ui.index + 1)} of ${plural(rows.length, 'run')}`;
  return (
    <>
      <RunTable rows={rows} index={ui.index} height={layout.list} width={width} paint={paint} now={now()} />
      {layout.pane > 0 && (
        <>
          <PaneTitle title={titleOf(ui, ui.pane)} note={position} width={width} paint={paint} />
          {ui.pane === 'detail' ? <DetailPane {...common} /> : <LogPane {...common} />}
        </>
      )}
    </>
  );
}

function FullBody({state, ui, layout, lines, width, paint}: BodyProps): ReactElement {
  const height = layout.full;
  const isLog = ui.view === 'log';
  const total =
    isLog && state.detail?.id === ui.selected ? (state.detail?.logTail.length ?? 0) : lines.length;
  const scroll = Math.min(ui.scroll, mostScroll(total, height));
  const last = isLog ? total - scroll : Math.min(total, scroll + height);
  const note =
    isLog && scroll === 0 ? 'following the end' : `line ${formatCount(last)} of ${formatCount(total)}`;
  return (
    <>
      <PaneTitle title={titleOf(ui, isLog ? 'log' : 'detail')} note={note} width={width} paint={paint} />
      {isLog ? (
        <LogPane
          detail={state.detail}
          selected={ui.selected}
          height={height}
          width={width}
          paint={paint}
          scroll={scroll}
        />
      ) : (
        <Lines lines={lines.slice(scroll, scroll + height)} height={height} />
      )}
    </>
  );
}

function titleOf({selected}: UiState, pane: 'detail' | 'log'): string {
  const id = selected === undefined ? '' : ` of ${shortId(selected)}`;
  return pane === 'log' ? `log${id}` : `details${id}`;
}
