/** The same as reporter.mjs with one dot for each test: for repeated runs, where only failures are read. */
import Mocha from 'mocha';
import {countedReporter} from './reporter.mjs';

export default countedReporter(Mocha.reporters.Dot);
