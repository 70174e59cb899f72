/** Shows the dashboard with made-up runs on a real terminal: `npx tsx test/views/show-dashboard.ts [throws|killed]`. */
import {renderDashboard} from '../../src/views/status/render-dashboard.tsx';
import {FakeSource, now} from './samples.ts';

const [, , trouble] = process.argv;
const source = new FakeSource({counts: {running: 2, queued: 1, completed: 1234, failed: 17, cancelled: 3}});
const read = source.read.bind(source);
source.read = () => {
  if (trouble === 'throws' && source.reads > 2) throw new Error('the source is broken');
  return read();
};
if (trouble === 'killed') setTimeout(() => process.kill(process.pid, 'SIGTERM'), 700);
await renderDashboard(source, {
  stdout: process.stdout,
  stdin: process.stdin,
  now,
  workspace: '/films/night-city',
});
