import assert from 'node:assert/strict';
import {parseLine} from '../../../src/runner/targets/line.ts';
import {describeWaiting, isSameWaiting, parsePlace} from '../../../src/runner/waiting.ts';

const RECORD = '{"host":"h","pid":7,"job":"rs_0123456789ab","attempt":2,"gpus":1,"uptime":5}';

describe('parseLine', () => {
  it('puts tickets in the order of their numbers', () => {
    const rows = ['10', '9', '1000000'].map((number) => `ticket\t\t${number}\twaits\talive\t3\t${RECORD}`);
    const numbered = rows.map((row, index) => row.replace('"attempt":2', `"attempt":${index + 1}`));
    const {tickets} = parseLine(numbered.join('\n'));
    assert.deepEqual(
      tickets.map(({attempt, ageMs}) => [attempt, ageMs]),
      [
        [2, 3000],
        [1, 3000],
        [3, 3000],
      ],
    );
  });

  it('knows no job where none is named', () => {
    const hostile = '{"job":"../../etc","attempt":-1,"gpus":"all"}';
    for (const record of ['', 'torn {', '[]', '{"host":"h"}', hostile]) {
      const {slots} = parseLine(`line\ton\nslot\tsomebody\tGPU-aa\t\t${record}`);
      const nothing = {job: null, attempt: null, gpus: null, ageMs: null};
      assert.deepEqual(slots, [{gpu: 'GPU-aa', owner: 'somebody', ...nothing}]);
    }
  });

  it('says of silence that nothing waits in turn', () => {
    assert.deepEqual(parseLine(''), {canQueue: false, gpus: [], slots: [], tickets: [], closed: []});
  });
});

describe('parsePlace', () => {
  it('reads what a supervisor says', () => {
    const runs = ['rs_0123456789ab', 'rs_ba9876543210'];
    assert.deepEqual(parsePlace('2 of 3\n'), {for: 'gpu', place: 2, of: 3});
    assert.deepEqual(parsePlace('held\n'), {for: 'release'});
    assert.deepEqual(parsePlace(`after ${runs.join(' ')}\n`), {for: 'runs', runs});
    for (const text of ['', '0 of 3', '2 of', 'after', 'after ../x', 'helder']) {
      assert.equal(parsePlace(text), undefined, text);
    }
  });

  it('tells one wait from another', () => {
    const waits = ['1 of 2', '2 of 2', '1 of 1', 'held', 'after rs_0123456789ab'].map(parsePlace);
    for (const a of waits) for (const b of waits) assert.equal(isSameWaiting(a, b), a === b);
    assert.equal(isSameWaiting(parsePlace('1 of 2'), parsePlace('1 of 2')), true);
    assert.equal(new Set(waits.map((wait) => wait && describeWaiting(wait))).size, waits.length);
  });
});
