/** Saves its work and leaves with 0 when it is asked to stop. */
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';

process.on('SIGTERM', () => {
  writeFileSync(join(process.env.COSMOS_OUTPUTS, 'partial.txt'), 'half of it\n');
  process.exit(0);
});
console.log('running');
setInterval(() => undefined, 1000);
