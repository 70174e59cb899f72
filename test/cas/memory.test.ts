import {MemoryStore} from '../../src/cas/memory.ts';
import {describeStore} from '../conformance/store.ts';

describeStore('memory', () =>
  Promise.resolve({store: new MemoryStore(), countLeftovers: () => Promise.resolve(0)}),
);
