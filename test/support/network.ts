/**
 * A network of the tests' own that loses packets on request: a network namespace behind a pair of virtual interfaces.
 * The rules lie inside of the namespace, so that nothing else on this machine is touched. Needs Linux, root and iptables.
 */
import {execFileSync} from 'node:child_process';
import {findProgram} from './shells.ts';

export interface Network {
  /** Of the far end; what listens there is started with the words of `enter` before its own. */
  address: string;
  enter: readonly string[];
  /** Loses each packet with this probability, in both directions; 1 loses all. */
  lose: (probability: number) => void;
  /** Caps what comes from the far end. */
  slowDown: (rate: string) => void;
  remove: () => void;
}

/** Undefined where none can be made. */
export function makeNetwork(): Network | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  if (['ip', 'tc', 'iptables'].some((name) => findProgram(name) === undefined)) return undefined;
  const name = `cosmos-${process.pid}`;
  const [near, far] = [`cn${process.pid}`, `cf${process.pid}`];
  // For tests of networks (RFC 2544): no machine has these. Two to a network, by the pid.
  const net = `198.18.${(process.pid >> 6) & 255}`;
  const [home, address] = [1, 2].map((end) => `${net}.${((process.pid & 63) << 2) + end}`) as [
    string,
    string,
  ];
  const enter = ['ip', 'netns', 'exec', name];
  const remove = (): void => {
    // The namespace goes later than it is told to, and would keep the name of its interface from the next one.
    run(['ip', 'link', 'delete', near]);
    run(['ip', 'netns', 'delete', name]);
  };
  try {
    run(['ip', 'netns', 'add', name]);
    run(['ip', 'link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', name]);
    run(['ip', 'address', 'add', `${home}/30`, 'dev', near]);
    run(['ip', 'link', 'set', near, 'up']);
    run([...enter, 'ip', 'address', 'add', `${address}/30`, 'dev', far]);
    run([...enter, 'ip', 'link', 'set', far, 'up']);
  } catch {
    for (const words of [
      ['link', 'delete', near],
      ['netns', 'delete', name],
    ])
      try {
        run(['ip', ...words]);
      } catch {
        // It was not made.
      }
    return undefined;
  }
  const lose = (probability: number): void => {
    run([...enter, 'iptables', '-F']);
    if (probability === 0) return;
    const odds = ['-m', 'statistic', '--mode', 'random', '--probability', String(probability)];
    for (const chain of ['INPUT', 'OUTPUT']) run([...enter, 'iptables', '-A', chain, ...odds, '-j', 'DROP']);
  };
  const slowDown = (rate: string): void => {
    const words = ['rate', rate, 'burst', '64kb', 'latency', '400ms'];
    run([...enter, 'tc', 'qdisc', 'replace', 'dev', far, 'root', 'tbf', ...words]);
  };
  return {address, enter, lose, slowDown, remove};
}

function run([program = '', ...words]: readonly string[]): void {
  execFileSync(program, words, {stdio: 'pipe'});
}
