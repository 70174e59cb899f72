/** Writes its pid, says so, and grows another output until somebody ends it. */
import {appendFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

const outputs = process.env.COSMOS_OUTPUTS;
writeFileSync(join(outputs, 'pid'), String(process.pid));
setInterval(() => appendFileSync(join(outputs, 'growing'), 'more\n'), 5);
process.send?.('ready');
