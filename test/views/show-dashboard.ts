/** Shows the dashboard with made-up runs on a real terminal: `npx tsx test/views/show-dashboard.ts [throws]`. */
import {renderDashboard} from '../../src/views/status/render-dashboard.tsx';
import {FakeSource, now} from './samples.ts';

const source = new FakeSource({counts: {running: 2, queued: 1, completed: 1234, failed: 17, cancelled: 3}});
const read = source.read.bind(source);
let reads = 0;
source.read = () => {
  reads += 1;
  if (process.argv[2] === 'throws' && reads > 2) throw new Error('the source is broken');
  return read();
};
await renderDashboard(source, {
  stdout: process.stdout,
  stdin: process.stdin,
  env: process.env,
  now,
  workspace: '/films/night-city',
});
