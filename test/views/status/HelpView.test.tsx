import assert from 'node:assert/strict';
import {HelpView} from '../../../src/views/status/HelpView.tsx';
import {BINDINGS} from '../../../src/views/status/keys.ts';
import {PLAIN} from '../samples.ts';
import {show, widest} from './show.ts';

describe('HelpView', () => {
  it('lists every key of the table', () => {
    const lines = show(<HelpView height={20} width={80} paint={PLAIN} />);
    for (const {label, help} of BINDINGS.filter(({mode}) => mode === 'normal')) {
      assert.ok(
        lines.some((line) => line.startsWith(label) && line.endsWith(help)),
        label,
      );
    }
  });

  it('says when there is more than fits', () => {
    const lines = show(<HelpView height={5} width={50} paint={PLAIN} />);
    assert.equal(lines.length, 5);
    assert.match(lines[4] ?? '', /^9 more; make the window taller$/);
    assert.ok(widest(lines) <= 50);
  });
});
