import assert from 'node:assert/strict';
import {RunTable} from '../../../src/views/status/RunTable.tsx';
import {ASCII, COLOR, idOf, NOON, PLAIN, sampleRows, summaryOf} from '../samples.ts';
import {render} from 'ink-testing-library';
import {show, widest} from './show.ts';

const many = Array.from({length: 1000}, (_, at) => ({
  summary: summaryOf({id: idOf(String(1000 + at))}),
  stage: 'completed',
}));

describe('RunTable', () => {
  it('marks the chosen row and shows progress', () => {
    const lines = show(
      <RunTable rows={sampleRows()} index={1} height={4} width={100} paint={PLAIN} now={NOON} />,
    );
    assert.equal(lines.length, 5);
    assert.match(lines[1] ?? '', /^ {2}rs_aa11bb22 {2}● running {5}████░░░░ {2}51 % {2}denoise /);
    assert.match(lines[2] ?? '', /^▸ rs_cc33dd44 {2}● cancelling/);
  });

  it('lays out only the rows around the chosen one', () => {
    const lines = show(<RunTable rows={many} index={500} height={9} width={100} paint={PLAIN} now={NOON} />);
    assert.equal(lines.length, 10);
    assert.match(lines[5] ?? '', /^▸ rs_15001500/);
  });

  it('stops at both ends of the list', () => {
    const at = (index: number): string[] =>
      show(<RunTable rows={many} index={index} height={3} width={100} paint={PLAIN} now={NOON} />);
    assert.match(at(0)[1] ?? '', /^▸ rs_10001000/);
    assert.match(at(999)[3] ?? '', /^▸ rs_19991999/);
  });

  it('shows fewer columns on smaller screens and never too much', () => {
    const head = (width: number): string =>
      show(<RunTable rows={sampleRows()} index={0} height={6} width={width} paint={PLAIN} now={NOON} />)[0] ??
      '';
    assert.match(head(80), /RUN.*STATUS.*PROGRESS.*SEEN.*KIND.*PROMPT/);
    assert.doesNotMatch(head(79), /DOING|TIME/);
    assert.match(head(50), /^ {2}RUN +STATUS +SEEN$/);
    for (let width = 40; width < 101; width += 3) {
      assert.ok(
        widest(
          show(<RunTable rows={sampleRows()} index={1} height={6} width={width} paint={PLAIN} now={NOON} />),
        ) <= width,
      );
    }
  });

  it('paints the chosen row in one piece', () => {
    const {lastFrame, unmount} = render(
      <RunTable rows={sampleRows()} index={0} height={2} width={80} paint={COLOR} now={NOON} />,
    );
    const [, chosen = '', other = ''] = (lastFrame() ?? '').split('\n');
    unmount();
    assert.match(chosen, /^\u001B\[7m[^\u001B]*\u001B\[27m$/);
    assert.match(other, /\u001B\[33m● cancelling\u001B\[39m/);
  });

  it('has plain signs on old consoles', () => {
    const rows = sampleRows().filter(({isDrivenElsewhere}) => isDrivenElsewhere !== true);
    const lines = show(<RunTable rows={rows} index={0} height={6} width={100} paint={ASCII} now={NOON} />);
    assert.match(lines.join(''), /^[\x20-\x7E]*$/);
  });

  it('says how to begin when there is nothing', () => {
    assert.match(
      show(<RunTable rows={[]} index={0} height={3} width={80} paint={PLAIN} now={NOON} />)[1] ?? '',
      /No runs yet/,
    );
  });
});
