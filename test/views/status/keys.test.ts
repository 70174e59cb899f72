import assert from 'node:assert/strict';
import {BINDINGS, findAction, nameKey, type KeyFlags} from '../../../src/views/status/keys.ts';

const NONE: KeyFlags = {
  upArrow: false,
  downArrow: false,
  pageUp: false,
  pageDown: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  tab: false,
  ctrl: false,
  meta: false,
};

describe('BINDINGS', () => {
  it('gives each key one meaning per mode', () => {
    for (const mode of ['normal', 'confirm'] as const) {
      const keys = BINDINGS.filter((binding) => binding.mode === mode).flatMap(({keys: names}) => names);
      assert.equal(new Set(keys).size, keys.length);
    }
  });

  it('names every key in the help by one that works', () => {
    const spoken: Record<string, string> = {
      enter: 'return',
      esc: 'escape',
      'page up': 'pageup',
      'page down': 'pagedown',
    };
    for (const {action, mode, label} of BINDINGS) {
      for (const name of label.split(', '))
        assert.equal(findAction(spoken[name] ?? name, mode), action, name);
    }
  });
});

describe('findAction', () => {
  it('asks only for yes or no while a cancel is confirmed', () => {
    assert.equal(findAction('x', 'normal'), 'cancel');
    assert.equal(findAction('x', 'confirm'), undefined);
    assert.equal(findAction('y', 'confirm'), 'yes');
    assert.equal(findAction('y', 'normal'), undefined);
    assert.equal(findAction('escape', 'confirm'), 'no');
  });

  it('leaves with ctrl-c in every mode', () => {
    assert.equal(findAction('ctrl-c', 'normal'), 'leave');
    assert.equal(findAction('ctrl-c', 'confirm'), 'leave');
  });
});

describe('nameKey', () => {
  it('has one name for each key', () => {
    assert.equal(nameKey('', {...NONE, upArrow: true}), 'up');
    assert.equal(nameKey('c', {...NONE, ctrl: true}), 'ctrl-c');
    assert.equal(nameKey('x', {...NONE, meta: true}), 'meta-x');
    assert.equal(nameKey('', {...NONE, escape: true, meta: true}), 'escape');
    assert.equal(nameKey('G', NONE), 'G');
  });
});
