/** Dies by the signal that is named. */
process.kill(process.pid, process.argv[2] ?? 'SIGKILL');
setInterval(() => undefined, 1000);
